import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './AttemptDetail.module.css';
import { Payload } from '../parts/Payload';

interface Props {
  /** Request or Response. */
  title: string;
  /** Tells it from others on the page, for those who do not see. */
  of?: string;
  /** What stands beside the title: the target, the code of the answer. */
  beside?: ReactNode;
  headers: { name: string; value: string | null }[];
  body: string | null;
  /** What to say where there is no body. */
  noBody: string;
}

/** One half of an attempt: what was sent, or what came back. */
export function AttemptDetailMessage({ title, of, beside, headers, body, noBody }: Props) {
  return (
    <Stack gap="xs" component="section" aria-label={of ? `${title} of ${of}` : title}>
      <Title order={3} size="h5">
        {title}{' '}
        {beside && (
          <Text span size="sm" c="dimmed" fw={400}>
            {beside}
          </Text>
        )}
      </Title>
      {headers.length > 0 && (
        <div className={styles.headers}>
          <table aria-label={`${title} headers`}>
            <tbody>
              {headers.map(({ name, value }, place) => (
                <tr key={place}>
                  <th scope="row">{name}</th>
                  <td>{value ?? <Secret />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {body ? (
        <Payload text={body} label={`${title} body`} height={340} />
      ) : (
        <Text size="sm" c="dimmed">
          {noBody}
        </Text>
      )}
    </Stack>
  );
}

function Secret() {
  return (
    <span role="img" aria-label="secret" title="Secret: it is not shown">
      ********
    </span>
  );
}
