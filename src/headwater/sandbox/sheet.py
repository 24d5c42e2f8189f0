"""What the page looks like, to be filled in."""

STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #8883; --bad: #b00020; --good: #1b6e3c;
  --go: #1f4fd8; }
@media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --bad: #ff8a93; --good: #7fd6a0;
  --go: #9db7ff; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { box-sizing: border-box; width: min(64rem, 100%); margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
p, ul { margin: .25rem 0; }
form { display: grid; gap: .75rem; align-items: end; border: 1px solid var(--line);
  border-radius: .4rem; padding: 1rem; margin-top: .5rem; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; }
.choice { display: flex; gap: .5rem; align-items: baseline; padding: .2rem 0; }
.fields { display: grid; gap: .75rem; align-items: end;
  grid-template-columns: repeat(auto-fit, minmax(15.5rem, 1fr)); }
.fields label { display: grid; gap: .25rem; }
input:not([type=radio]), select, button { box-sizing: border-box; width: 100%; font: inherit;
  padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .4rem; }
button { border-color: var(--go); color: var(--go); background: none; font-weight: 600;
  cursor: pointer; }
a { color: var(--go); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
.wrong { color: var(--bad); } .good { color: var(--good); }
.requests { list-style: none; padding: 0; border-top: 1px solid var(--soft); }
.requests li { border-bottom: 1px solid var(--soft); }
summary { padding: .5rem 0; cursor: pointer; overflow-wrap: anywhere; }
summary > * { margin-right: .75rem; }
summary i, time { opacity: .75; font-style: normal; }
pre { overflow-x: auto; margin: 0 0 .75rem; padding: .75rem; background: var(--soft);
  border-radius: .4rem; font-size: .875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; white-space: nowrap; }
th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--soft); }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stand-in of impact.com</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Stand-in of impact.com</h1>
<p>{account}. Its clock says {now} UTC. <a href="/">Look again</a></p>
{alert}
<h2>How it answers now</h2>
<ul>{faults}</ul>
<form method="post" action="/">
<fieldset><legend>Have it answer otherwise</legend>
{modes}</fieldset>
<div class="fields">
<label>How many times <input name="count" type="number" min="1" max="100000" inputmode="numeric"
  placeholder="until it is changed"></label>
<label>Only for this order <input name="orderId" maxlength="64" autocomplete="off"></label>
<label>Seconds, where slow or absent <input name="seconds" type="number" min="0" max="600"
  step="any" placeholder="5"></label>
</div>
<button name="do" value="answer">Answer so</button>
</form>
<form method="post" action="/">
<div class="fields">
<label>Move its clock on <select name="ahead">{steps}</select></label>
<button name="do" value="clock">Move on</button>
</div>
</form>
<form method="post" action="/">
<div class="fields">
<label>It works through what it took <select name="profile">{profiles}</select></label>
<label>Tell a server what becomes of actions <input name="notify" type="url" value="{notify}"
  placeholder="http://localhost:3000/hook" autocomplete="off"></label>
<label>By <select name="method">{methods}</select></label>
<button name="do" value="account">Set it so</button>
</div>
</form>
<form method="get" action="/">
<div class="fields">
<label>A partner's link to this page <input name="landing" type="url" required
  placeholder="http://localhost:3000/" autocomplete="off"></label>
<button>Make the link</button>
</div>
{link}</form>
<h2>Requests: {received}</h2>
{requests}
<h2 id="actions">Actions</h2>
{actions}
<h2 id="updates">Changes of actions</h2>
{updates}
<h2 id="notices">Notifications</h2>
{notices}
</main>
</body>
</html>
"""
