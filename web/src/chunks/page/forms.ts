import type { Inside } from '../../types';

const FIELDS = { headwater_visitor: 'visitor', headwater_click: 'click' } as const;

let filling = false;

/** Forms marked `data-headwater` send along who it is, as known when they are sent (T-131). */
export const fillForms = ({ state, visitor, level }: Inside) => {
  const fill = (form: Element) => {
    if (!form.matches('form[data-headwater]')) return;
    const allowed = level('measurement') == 'granted';
    const values = { visitor: visitor(), click: state().clickId || '' };
    for (const [name, kind] of Object.entries(FIELDS)) {
      let input = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
      if (!input) {
        input = document.createElement('input');
        input.type = 'hidden';
        input.name = name;
        form.append(input);
      }
      input.value = allowed ? values[kind] : '';
    }
  };
  const quietly = (form: EventTarget | null) => {
    try {
      fill(form as Element);
    } catch {
      // not a form, or its fields are called as its methods are
    }
  };
  document.querySelectorAll('form').forEach(quietly);
  if (!filling) addEventListener('submit', (event) => quietly(event.target), true);
  filling = true;
};
