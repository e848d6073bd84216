/** Takes whoever fills in a form to its first field with an error, once it can be reached: its section may still be opening. */
export function focusFirstWrong(form: HTMLElement | null) {
  let left = 60;
  const attempt = () => {
    // The frame around a list of entries is marked as well, and takes no focus itself.
    const field = form?.querySelector<HTMLElement>('input[aria-invalid="true"], textarea[aria-invalid="true"]');
    field?.focus();
    if ((!field || document.activeElement !== field) && left-- > 0) requestAnimationFrame(attempt);
  };
  attempt();
}
