import { Stack, Tabs } from '@mantine/core';
import type { ChannelKind } from '../gql/graphql';
import { FieldList } from './FieldList';
import { FunctionList } from './FunctionList';
import type { Field } from './language/fields';
import type { Rendered } from './render';
import { Result } from './Result';
import type { Sample } from './sample';
import { SampleField } from './SampleField';
import styles from './Side.module.css';

interface Props {
  kind: ChannelKind;
  sample: Sample;
  rendered: Rendered;
  root: Record<string, unknown> | undefined;
  onSave: () => void;
  onField?: (field: Field) => void;
  onCall?: (usage: string) => void;
}

/** Beside the editor: the event, what comes out, and what can be written. */
export function Side({ kind, sample, rendered, root, onSave, onField, onCall }: Props) {
  return (
    <Stack gap="sm" className={styles.side}>
      <SampleField sample={sample} onSave={onSave} />
      <Tabs defaultValue="result" keepMounted={false}>
        <Tabs.List mb="xs">
          <Tabs.Tab value="result">Result</Tabs.Tab>
          <Tabs.Tab value="fields">Fields</Tabs.Tab>
          <Tabs.Tab value="functions">Functions</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="result">
          <Result kind={kind} rendered={rendered} />
        </Tabs.Panel>
        <Tabs.Panel value="fields" className={styles.scrolls}>
          <FieldList root={root} onInsert={onField} />
        </Tabs.Panel>
        <Tabs.Panel value="functions" className={styles.scrolls}>
          <FunctionList onInsert={onCall} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
