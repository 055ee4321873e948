//! One store of nodes for all automata: equal nodes are the same node, whichever country they serve.

use std::collections::HashMap;
use std::hash::Hash;

/// The place of a node in the forest.
pub(super) type Node = usize;

/// What a finished walk means; the index of a plan's label or of a prefix action.
pub(super) type Label = u16;

/// A node's label, should the digits end here, and where each digit leads.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) label: Label,
    pub(super) next: [Node; 10],
}

/// The nodes so far. Each is made once: automata come out minimal, because they are acyclic and built from their
/// leaves (a sink, which leads to itself, is the one exception, and is made once for each label).
#[derive(Default)]
pub(super) struct Forest {
    rows: Vec<Row>,
    known: HashMap<Row, Node>,
    sinks: HashMap<Label, Node>,
}

/// The nodes that can be reached, in the order in which they are written: sinks first, then those that only count.
pub(super) struct Order {
    pub(super) nodes: Vec<Row>,
    pub(super) sinks: usize,
    place: HashMap<Node, usize>,
}

impl Order {
    /// Where a node of the forest is written.
    pub(super) fn place(&self, node: Node) -> usize {
        *self.place.get(&node).expect("every root was ordered")
    }
}

impl Forest {
    /// The node that keeps its label, whatever digits follow.
    pub(super) fn sink(&mut self, label: Label) -> Node {
        let fresh = self.rows.len();
        let node = *self.sinks.entry(label).or_insert(fresh);
        if node == fresh {
            self.rows.push(Row { label, next: [node; 10] });
        }
        node
    }

    fn node(&mut self, label: Label, next: [Node; 10]) -> Node {
        if let Some(sink) = self.sinks.get(&label)
            && next == [*sink; 10]
        {
            return *sink;
        }
        let row = Row { label, next };
        let fresh = self.rows.len();
        let node = *self.known.entry(row.clone()).or_insert(fresh);
        if node == fresh {
            self.rows.push(row);
        }
        node
    }

    /// Unfolds a machine into nodes, from a state on: `verdict` says what it means to stop in a state, and whether
    /// that meaning is settled whatever follows; `step` is where a digit leads. No state may be reached from itself
    /// except by settled ones: the recursion would not end.
    pub(super) fn unfold<S: Clone + Eq + Hash>(
        &mut self,
        state: S,
        verdict: &mut impl FnMut(&S) -> (Label, bool),
        step: &impl Fn(&S, u8) -> S,
        seen: &mut HashMap<S, Node>,
    ) -> Node {
        if let Some(node) = seen.get(&state) {
            return *node;
        }
        let (label, settled) = verdict(&state);
        let node = if settled {
            self.sink(label)
        } else {
            let mut next = [0; 10];
            for (digit, target) in (b'0'..=b'9').zip(&mut next) {
                *target = self.unfold(step(&state, digit), verdict, step, seen);
            }
            self.node(label, next)
        };
        seen.insert(state, node);
        node
    }

    /// For each node, whether digits only count from there on: whichever they are, they lead to the same node, which
    /// only counts them as well.
    fn counting(&self) -> Vec<bool> {
        let mut counting = vec![false; self.rows.len()];
        for (node, row) in self.rows.iter().enumerate() {
            let [next, ..] = row.next;
            counting[node] = row.next == [next; 10] && (next == node || counting[next]);
        }
        counting
    }

    /// Orders what can be reached from the roots: sinks first, then the nodes that only count digits, each behind the
    /// one that it leads to, then each root's nodes as a walk from it meets them, so that neighbours on a walk are
    /// neighbours in memory. The targets in the rows are places, not nodes.
    pub(super) fn order(&self, roots: impl Iterator<Item = Node>) -> Order {
        let mut met = Vec::new();
        let mut seen = vec![false; self.rows.len()];
        let mut waiting = Vec::new();
        for root in roots {
            waiting.push(root);
            while let Some(node) = waiting.pop() {
                if !std::mem::replace(&mut seen[node], true) {
                    met.push(node);
                    waiting.extend(self.rows[node].next.iter().rev());
                }
            }
        }
        let counting = self.counting();
        let (mut order, inner): (Vec<Node>, Vec<Node>) = met.into_iter().partition(|node| counting[*node]);
        let is_sink = |node: Node| self.rows[node].next == [node; 10];
        // A node was made behind those that it leads to.
        order.sort_unstable_by_key(|node| if is_sink(*node) { (0, self.rows[*node].label.into()) } else { (1, *node) });
        let sinks = order.iter().take_while(|node| is_sink(**node)).count();
        order.extend(inner);
        let place: HashMap<Node, usize> = order.iter().enumerate().map(|(place, node)| (*node, place)).collect();
        let nodes = order
            .iter()
            .map(|node| Row { label: self.rows[*node].label, next: self.rows[*node].next.map(|next| place[&next]) })
            .collect();
        Order { nodes, sinks, place }
    }
}
