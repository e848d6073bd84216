import { Fragment } from 'react';
import styles from './SlackMessage.module.css';
import type { Line, Span } from './slackText';

/** A text in Slack's markup. Its links show where they lead and lead nowhere. */
export function SlackText({ lines }: { lines: Line[] }) {
  return (
    <>
      {lines.map((line, place) =>
        line.kind === 'code' ? (
          <pre key={place} className={styles.pre}>
            {line.text}
          </pre>
        ) : (
          <div key={place} dir="auto" className={line.kind === 'quote' ? styles.quote : styles.line}>
            <SlackSpans spans={line.spans} />
          </div>
        ),
      )}
    </>
  );
}

export function SlackSpans({ spans }: { spans: Span[] }) {
  return spans.map((span, place) => <Fragment key={place}>{one(span)}</Fragment>);
}

function one(span: Span) {
  switch (span.kind) {
    case 'bold':
      return <strong>{<SlackSpans spans={span.spans} />}</strong>;
    case 'italic':
      return <em>{<SlackSpans spans={span.spans} />}</em>;
    case 'strike':
      return <s>{<SlackSpans spans={span.spans} />}</s>;
    case 'code':
      return <code className={styles.code}>{span.text}</code>;
    case 'mention':
      return <span className={styles.mention}>{span.text}</span>;
    case 'link':
      return (
        <span className={styles.link} title={span.to}>
          {span.text}
        </span>
      );
    case 'text':
      return span.text;
  }
}
