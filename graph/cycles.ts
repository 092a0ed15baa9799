/**
 * Every group of nodes that depend on each other in a circle, each as one closed walk that begins
 * and ends at its smallest node: `["a", "b", "a"]`. Empty if and only if there is no cycle. Edges to
 * nodes that are not keys are ignored. Linear in nodes and edges.
 */
export function cycles(
  graph: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  return components(graph)
    .flatMap((group) => {
      const walk = shortestWalk(graph, group);
      return walk === undefined ? [] : [walk];
    })
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0));
}

interface Visit {
  readonly node: string;
  /** Position of the next edge to follow. */
  edge: number;
}

interface Seen {
  readonly order: number;
  lowest: number;
  open: boolean;
}

/** Strongly connected components by Tarjan's algorithm, without recursion: graphs may be deep. */
function components(graph: ReadonlyMap<string, readonly string[]>): readonly string[][] {
  const seen = new Map<string, Seen>();
  const groups: string[][] = [];
  const open: string[] = [];
  for (const root of graph.keys()) {
    const visits: Visit[] = seen.has(root) ? [] : [enter(root, seen, open)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const state = stateOf(seen, visit.node);
      const next = graph.get(visit.node)?.[visit.edge++];
      if (next !== undefined) {
        const other = seen.get(next);
        if (other?.open === true) state.lowest = Math.min(state.lowest, other.order);
        else if (other === undefined && graph.has(next)) visits.push(enter(next, seen, open));
        continue;
      }
      visits.pop();
      const parent = visits.at(-1);
      if (parent !== undefined) {
        const above = stateOf(seen, parent.node);
        above.lowest = Math.min(above.lowest, state.lowest);
      }
      if (state.lowest === state.order) groups.push(close(visit.node, seen, open));
    }
  }
  return groups;
}

function enter(node: string, seen: Map<string, Seen>, open: string[]): Visit {
  seen.set(node, { order: seen.size, lowest: seen.size, open: true });
  open.push(node);
  return { node, edge: 0 };
}

function close(root: string, seen: Map<string, Seen>, open: string[]): string[] {
  const group = open.splice(open.lastIndexOf(root));
  for (const node of group) {
    stateOf(seen, node).open = false;
  }
  return group;
}

function stateOf(seen: Map<string, Seen>, node: string): Seen {
  const state = seen.get(node);
  if (state === undefined) {
    throw new TypeError(`${node} was not entered`);
  }
  return state;
}

/** The shortest closed walk through the smallest node of a component, found breadth first. */
function shortestWalk(
  graph: ReadonlyMap<string, readonly string[]>,
  group: readonly string[],
): readonly string[] | undefined {
  const members = new Set(group);
  const start = group.reduce((a, b) => (a < b ? a : b));
  const cameFrom = new Map<string, string>();
  let frontier = [start];
  while (frontier.length > 0) {
    const reached: string[] = [];
    for (const node of frontier) {
      for (const next of [...(graph.get(node) ?? [])].sort()) {
        if (next === start) return walkTo(node, start, cameFrom);
        if (members.has(next) && !cameFrom.has(next)) {
          cameFrom.set(next, node);
          reached.push(next);
        }
      }
    }
    frontier = reached;
  }
  return undefined;
}

function walkTo(
  last: string,
  start: string,
  cameFrom: ReadonlyMap<string, string>,
): readonly string[] {
  const walk = [start];
  for (let node = last; node !== start; node = cameFrom.get(node) ?? start) {
    walk.push(node);
  }
  return [...walk, start].reverse();
}
