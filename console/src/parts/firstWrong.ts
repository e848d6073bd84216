/** Takes whoever fills in a form to its first field with an error, once it can be reached: its section may still be opening. */
export function focusFirstWrong(form: HTMLElement | null) {
  let left = 60;
  const attempt = () => {
    const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
    field?.focus();
    if ((!field || document.activeElement !== field) && left-- > 0) requestAnimationFrame(attempt);
  };
  attempt();
}
