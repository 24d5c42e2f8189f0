/*
 * Plays the script of impact.com on a page: takes what the page queued, answers as it would, and
 * shows what it was told in `ire.told`. It sends nothing, unless its address says `say`.
 *
 * In its address: `click` is `never`, `empty`, `throw` or `twice` for what generateClickId does
 * wrong; `parameter` what a landing is told the click by; `say` tells the stand-in of each call.
 */
(function () {
  var script = document.currentScript;
  var address = new URL(script ? script.src : location.href);
  var asked = function (name) { return address.searchParams.get(name); };
  var name = window.ire_o || 'ire';
  var queued = (window[name] || {}).a || [];
  var parameter = asked('parameter') || 'im_ref';
  var DAY = 86400;

  function random() { return crypto.getRandomValues(new Uint8Array(24)).reduce(hex, ''); }
  function hex(text, byte) { return text + ('0' + byte.toString(16)).slice(-2); }

  function cookie(key) {
    var found = document.cookie.split('; ').filter(function (one) { return !one.indexOf(key + '='); });
    return found.length ? decodeURIComponent(found[0].slice(key.length + 1)) : '';
  }

  function keep(key, value, days) {
    var until = days ? '; max-age=' + days * DAY : '';
    document.cookie = key + '=' + encodeURIComponent(value) + until + '; path=/; samesite=lax';
  }

  function clickId() {
    var landed = new URLSearchParams(location.search).get(parameter);
    var found = landed || cookie('IR_click') || random();
    keep('IR_click', found.slice(0, 1000), 180);
    return found;
  }

  function refusePlain(email) {
    if (email && !/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(email)) {
      throw new Error('ire: customerEmail is not hashed');
    }
  }

  var commands = {
    identify: function (who) { refusePlain((who || {}).customerEmail); },
    trackConversion: function (tracker, order) { refusePlain((order || {}).customerEmail); },
    generateClickId: function (answer) {
      var how = asked('click');
      if (how === 'throw') throw new Error('ire: generateClickId');
      if (how === 'never') return;
      var id = how === 'empty' ? '' : clickId();
      setTimeout(function () {
        answer(id);
        if (how === 'twice') answer(id);
      });
    },
  };

  function ire() {
    var given = [].slice.call(arguments);
    var plain = given.filter(function (one) { return typeof one !== 'function'; });
    ire.told.push({ at: Date.now(), call: plain });
    if (asked('say') !== null) {
      navigator.sendBeacon(new URL('/utt/said', address), JSON.stringify({ call: plain }));
    }
    if (commands[given[0]]) commands[given[0]].apply(null, given.slice(1));
  }

  ire.told = [];
  ire.refused = [];
  window.ire_o = name;
  window[name] = ire;
  if (!cookie('IR_PI')) keep('IR_PI', crypto.randomUUID ? crypto.randomUUID() : random(), 720);
  keep('IR_gbd', location.hostname);
  if (new URLSearchParams(location.search).get(parameter)) clickId();
  [].slice.call(queued).forEach(function (given) {
    try {
      ire.apply(null, given);
    } catch (error) {
      ire.refused.push(error.message);
      console.error(error.message);
    }
  });
})();
