/** What Vite provides to tests that run in a page. */
declare module '*?url' {
  const address: string;
  export default address;
}
interface ImportMeta {
  readonly env: Readonly<Record<string, string | undefined>>;
}
