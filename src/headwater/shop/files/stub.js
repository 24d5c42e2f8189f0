window.headwater=window.headwater||function(){(headwater.q=headwater.q||[]).push(arguments)};
