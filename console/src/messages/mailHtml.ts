// An email's HTML made fit to be looked at: it loads nothing, runs nothing and leads
// nowhere. The frame that shows it has no rights of its own, and the page's content
// security policy holds there too; this keeps them from having anything to refuse.

const gone =
  'script, link, meta, base, iframe, frame, frameset, object, embed, applet, audio, video, source, track, canvas, svg, math, template, portal, dialog, img:not([src]), input[type=image i], xml';

const kept = new Set(
  (
    'style class id dir lang title alt width height align valign bgcolor color border cellpadding cellspacing colspan rowspan ' +
    'role nonce face size hspace vspace nowrap start type value face noshade span scope headers abbr open'
  ).split(' '),
);

// Links keep their look without being links.
const links = ':where(a[data-leads-to]){color:#0b57d0;text-decoration:underline}';

export interface MailHtml {
  html: string;
  /** Pictures and the like that would have to be loaded from elsewhere. */
  missing: number;
}

/** The document for the frame's srcdoc. Its style elements bear the page's nonce. */
export function mailHtml(source: string, nonce: string): MailHtml {
  // Before anything is read: the browser holds style elements to the policy even here.
  const page = new DOMParser().parseFromString(source.replace(/<style(?=[\s/>])/gi, `<style nonce=${nonce} `), 'text/html');
  let missing = 0;
  const withoutUrls = (css: string) =>
    css
      .replace(/@import[^;]*(;|$)/gi, '')
      .replace(/(url|image-set|src)\(\s*(?!\s*['"]?data:)("[^"]*"|'[^']*'|[^)]*)\s*\)/gi, () => {
        missing++;
        return 'none';
      });
  for (const image of page.querySelectorAll('img[src]')) {
    const from = image.getAttribute('src')!;
    if (/^data:image\//i.test(from.trim())) continue;
    missing++;
    image.replaceWith(placeholder(page, image));
  }
  for (const one of page.querySelectorAll(gone)) one.remove();
  for (const one of page.querySelectorAll('*')) {
    const leadsTo = one.localName === 'a' ? one.getAttribute('href') : null;
    for (const { name, value } of [...one.attributes]) {
      const picture = one.localName === 'img' && name === 'src';
      if (name === 'background' && value) missing++;
      if (!picture && !kept.has(name) && !name.startsWith('aria-')) one.removeAttribute(name);
    }
    const style = one.getAttribute('style');
    if (style) one.setAttribute('style', withoutUrls(style));
    if (leadsTo) {
      one.setAttribute('data-leads-to', '');
      one.setAttribute('title', leadsTo);
    }
  }
  for (const one of page.querySelectorAll('style')) {
    one.setAttribute('nonce', nonce);
    one.textContent = withoutUrls(one.textContent ?? '');
  }
  const own = page.createElement('style');
  own.setAttribute('nonce', nonce);
  own.textContent = links;
  page.head.prepend(own);
  return { html: `<!doctype html>${page.documentElement.outerHTML}`, missing };
}

// Where a picture would be: its room and its description.
function placeholder(page: Document, image: Element): Element {
  const box = page.createElement('span');
  const size = (name: string) => /^\d{1,4}$/.exec(image.getAttribute(name) ?? '')?.[0];
  const [width, height] = [size('width'), size('height')];
  // A picture of one point counts readers and shows nothing.
  if (Number(width) <= 2 || Number(height) <= 2) return box;
  box.textContent = image.getAttribute('alt') || 'Picture';
  box.setAttribute(
    'style',
    `display:inline-block;box-sizing:border-box;max-width:100%;overflow:hidden;padding:4px 8px;border:1px dashed #767676;font:12px sans-serif;color:#595959;background:#ffffff;` +
      (width ? `width:${width}px;` : '') +
      (height ? `height:${height}px;` : ''),
  );
  return box;
}
