import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconPhoto } from '@tabler/icons-react';
import { useMemo } from 'react';
import { readSlack, type Attachment, type Block, type Control, type Row } from './slackBlocks';
import styles from './SlackMessage.module.css';
import { SlackSpans, SlackText } from './SlackText';
import { readMrkdwn } from './slackText';

/** A message drawn as Slack would show it, from its JSON. Nothing is loaded, nothing can be pressed. */
export function SlackMessage({ text, username }: { text: string; username?: string }) {
  const message = useMemo(() => readSlack(text), [text]);
  if (typeof message === 'string') {
    return (
      <Alert color="orange" icon={<IconAlertTriangle aria-hidden />}>
        {message}
      </Alert>
    );
  }
  const { blocks, attachments } = message;
  const bare = blocks.length === 0;
  return (
    <div className={styles.message} role="group" aria-label="Slack message">
      <div className={styles.avatar} aria-hidden>
        <img src="/icon.svg" alt="" width={22} height={22} />
      </div>
      <div className={styles.content}>
        <div>
          <span className={styles.name}>{message.username || username || 'Carillon'}</span>
          <span className={styles.app}>APP</span>
        </div>
        {bare && message.text && <SlackText lines={readMrkdwn(message.text)} />}
        {bare && !message.text && attachments.length === 0 && <Note>The message is empty: it has neither text nor blocks. Slack refuses it.</Note>}
        {blocks.map((block, place) => (
          <Drawn key={place} block={block} />
        ))}
        {attachments.map((one, place) => (
          <Attached key={place} attachment={one} />
        ))}
      </div>
    </div>
  );
}

function Drawn({ block }: { block: Block }) {
  switch (block.kind) {
    case 'header':
      return (
        <div className={styles.header} dir="auto">
          {block.text}
        </div>
      );
    case 'section':
      return (
        <div className={styles.section}>
          <div className={styles.content}>
            <SlackText lines={block.text} />
            {block.fields.length > 0 && (
              <div className={styles.fields}>
                {block.fields.map((lines, place) => (
                  <div key={place}>
                    <SlackText lines={lines} />
                  </div>
                ))}
              </div>
            )}
          </div>
          {block.beside && <Inert control={block.beside} />}
        </div>
      );
    case 'context':
      return <div className={styles.context}>{block.parts.map((part, place) => (Array.isArray(part) ? <div key={place}>{<SlackText lines={part} />}</div> : <Inert key={place} control={part} />))}</div>;
    case 'divider':
      return <hr className={styles.divider} />;
    case 'actions':
      return (
        <div className={styles.actions}>
          {block.controls.map((control, place) => (
            <Inert key={place} control={control} />
          ))}
        </div>
      );
    case 'image':
      return (
        <div className={styles.section}>
          <Inert control={{ kind: 'picture', label: block.title || block.alt }} />
        </div>
      );
    case 'rich':
      return (
        <div>
          {block.rows.map((row, place) => (
            <RichRow key={place} row={row} />
          ))}
        </div>
      );
    case 'unknown':
      return <Note>{block.type ? `A block of the type ${block.type} stands here. It is not drawn.` : 'A block without a type stands here. Slack refuses it.'}</Note>;
  }
}

function RichRow({ row }: { row: Row }) {
  if (row.kind === 'code' || !row.sign) return <SlackText lines={[row]} />;
  return (
    <div className={styles.row} style={{ paddingLeft: 12 + 20 * (row.indent ?? 0) }}>
      <span>{row.sign}</span>
      <span dir="auto">
        <SlackSpans spans={row.spans} />
      </span>
    </div>
  );
}

function Attached({ attachment }: { attachment: Attachment }) {
  const { color, title, lines, fields, footer, blocks } = attachment;
  return (
    <div className={styles.attachment} style={color ? { ['--stripe' as string]: color } : undefined}>
      {title && <strong>{title}</strong>}
      <SlackText lines={lines} />
      {blocks.map((block, place) => (
        <Drawn key={place} block={block} />
      ))}
      {fields.length > 0 && (
        <div className={styles.fields}>
          {fields.map((field, place) => (
            <div key={place}>
              <strong>{field.title}</strong>
              <SlackText lines={field.lines} />
            </div>
          ))}
        </div>
      )}
      {footer && <div className={styles.context}>{footer}</div>}
    </div>
  );
}

function Inert({ control }: { control: Control }) {
  if (control.kind === 'picture') {
    return (
      <span className={styles.picture}>
        <IconPhoto size={16} aria-hidden />
        Picture: {control.label || 'without a description'}
      </span>
    );
  }
  return (
    <span className={`${styles.control} ${control.tone ? styles[control.tone] : ''}`}>
      {control.label}
      {control.kind === 'menu' && ' ▾'}
    </span>
  );
}

function Note({ children }: { children: string }) {
  return <div className={styles.context}>{children}</div>;
}
