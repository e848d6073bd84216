/** True where the server is `carillon demo`, which has receivers to look into. */
export const demo = document.querySelector<HTMLMetaElement>('meta[name="carillon-mode"]')?.content === 'demo';
