/** What the first tab shows. */
export const welcome = `# Write an operation, or take an example
# from the left. Ctrl-Enter runs it.

query Viewer {
  viewer {
    scopes
    tenant {
      name
    }
  }
}
`;
