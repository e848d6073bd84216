import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Empty } from '../parts/Empty';

/** Keeps the menu when a page breaks, or when its script is gone because the server was upgraded. */
export class Crash extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <Empty title="This page could not be shown" action={<Button onClick={() => location.reload()}>Load it anew</Button>}>
        {this.state.error.message}
      </Empty>
    );
  }
}
