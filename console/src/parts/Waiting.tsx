import { Center, Loader, VisuallyHidden } from '@mantine/core';

/** Stands where a whole page will be. */
export function Waiting() {
  return (
    <Center mih="50dvh" role="status">
      <Loader size="sm" type="dots" />
      <VisuallyHidden>Loading</VisuallyHidden>
    </Center>
  );
}
