interface Policy {
  createScriptURL: (url: string) => string;
}

let policy: Policy | undefined;

/** Under a policy for Trusted Types the address has to be vouched for by one with our name (T-123). */
const vouched = (url: string) => {
  const types = (window as any).trustedTypes;
  policy ||= types?.createPolicy('headwater', { createScriptURL: (given: string) => given });
  return policy ? policy.createScriptURL(url) : url;
};

/** Once per address (T-17), with the nonce of the tag (T-122). */
export const insert = (url: string, key: string) => {
  if ([...document.scripts].some((each) => each.src == url)) return;
  const own = [...document.scripts].find((each) => each.dataset.key == key);
  const script = document.createElement('script');
  script.async = true;
  script.src = vouched(new URL(url, location.href).href);
  if (own?.nonce) script.nonce = own.nonce;
  document.head.prepend(script);
};
