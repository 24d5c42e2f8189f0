// What the pages do beside the tag. Each part stands alone: none of it may cost a purchase.
const tell = (...call) => window.headwater && window.headwater(...call);
const find = (what) => document.querySelector(what);

const { user, email, bearer } = find('[data-user]')?.dataset || {};
if (user) tell('identify', user, { email });

const question = find('.question');
find('[data-choices]')?.addEventListener('click', () => (question.hidden = false));
question?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const choice = event.submitter.value;
  const body = new URLSearchParams({ choice });
  await fetch('/consent', { method: 'POST', body, redirect: 'manual' });
  tell('consent', choice);
  question.hidden = true;
});

// Never longer than this, and nothing where the tag is not there.
const attribution = () =>
  new Promise((done) => {
    setTimeout(done, 700, {});
    const asked = window.headwater?.getCheckoutAttribution?.();
    if (asked) asked.then(done, () => done({}));
    else done({});
  });

const buy = async ({ plan, tier, cycle }) => {
  const found = await attribution();
  const answer = await fetch(`/customers/cloud-subscription-checkout/${plan}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(found),
  });
  const said = await answer.json();
  if (!said.checkout_url) throw new Error(said.message);
  tell('beginCheckout', { user_id: user, tier, cycle, checkout_type: 'new', ...found });
  location.assign(said.checkout_url);
};

for (const button of document.querySelectorAll('[data-plan]')) {
  button.addEventListener('click', () => {
    button.disabled = true;
    buy(button.dataset).catch((error) => {
      find('[data-note]').textContent = error.message;
      button.disabled = false;
    });
  });
}

find('[data-at-once]')?.submit();

// A bank may take its time: asked again after a moment, then ever more rarely.
if (find('[data-state=open]')) {
  const tries = (history.state?.tries || 0) + 1;
  history.replaceState({ tries }, '');
  setTimeout(() => location.reload(), Math.min(150 * 2 ** tries, 30000));
}
