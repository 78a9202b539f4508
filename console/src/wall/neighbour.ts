/** The camera before or after this one on the wall, around its ends; itself where there is no other. */
export function neighbour(streams: readonly { readonly id: string }[], id: string, step: number): string {
  const here = streams.findIndex((stream) => stream.id === id);
  const next = (Math.max(0, here) + step + streams.length) % Math.max(1, streams.length);
  return streams[next]?.id ?? id;
}
