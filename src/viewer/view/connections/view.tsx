import type { ViewPart } from '../view-part.ts';
import { Connections } from './connections-table.tsx';

/** Every socket that fits the filter; one opens to its life. */
export const connectionsView: ViewPart = {
  name: 'connections',
  title: 'Connections',
  count: ({ store: { connections } }) => connections.size + connections.unlisted,
  Body: Connections,
};
