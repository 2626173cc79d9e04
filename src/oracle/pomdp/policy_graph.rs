//! A policy as a graph: what to do, and what to do next by what is seen. No belief need be kept to follow it.
//!
//! A node stands for an alpha vector that the policy reaches from the law of the first state. Its edges are those of the
//! belief that reached it first: the vector that is best after each observation. The graph is a policy of its own, whose
//! value is computed exactly; it need not be that of the policy that keeps the belief.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;

use super::alpha_vectors::AlphaVectors;
use super::backup::expect;
use super::plan::Plan;
use crate::problem::pomdp::Pomdp;

/// Values of an endless policy have settled when none changes by more than this, relative to the largest.
const SETTLED: f64 = 1e-12;
/// Most multiplications that building a graph or evaluating it takes.
const MAX_WORK: usize = 1 << 32;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What to do.
    pub action: usize,
    /// Steps to go, this one included, with a finite horizon.
    pub to_go: Option<usize>,
    /// The next node by observation; `None` after the last step, and where the action cannot lead to the observation.
    pub next: Vec<Option<usize>>,
}

/// A policy graph; it starts at its first node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyGraph {
    nodes: Vec<Node>,
}

impl PolicyGraph {
    /// The graph of an endless policy; `None` if it takes more than 2^32 multiplications.
    ///
    /// # Panics
    /// If the vectors belong to another process, as does [`Self::of_plan`].
    #[must_use]
    pub fn of_vectors(pomdp: &Pomdp, vectors: &AlphaVectors) -> Option<Self> {
        Self::explore(pomdp, None, |_| vectors)
    }

    /// The graph of a plan: a node has only nodes of fewer steps to go after it. `None` as for [`Self::of_vectors`].
    #[must_use]
    pub fn of_plan(pomdp: &Pomdp, plan: &Plan) -> Option<Self> {
        Self::explore(pomdp, Some(plan.horizon()), |to_go| plan.stage(to_go.unwrap_or(1)))
    }

    /// Breadth first from the law of the first state; `stage` gives the vectors by the steps to go.
    fn explore<'a>(
        pomdp: &Pomdp,
        horizon: Option<usize>,
        stage: impl Fn(Option<usize>) -> &'a AlphaVectors,
    ) -> Option<Self> {
        let (states, seen) = (pomdp.states(), pomdp.observations());
        let mut work = 0_usize;
        let mut graph = Self { nodes: Vec::new() };
        let mut known = HashMap::new();
        let mut waiting = VecDeque::new();
        let uniform = vec![1.0 / states as f64; states];
        let mut enter = |graph: &mut Self, to_go, belief: Vec<f64>, waiting: &mut VecDeque<_>| {
            let vectors = stage(to_go);
            let best = vectors.best_index(&belief);
            *known.entry((to_go, best)).or_insert_with(|| {
                let action = vectors.vectors()[best].action;
                graph.nodes.push(Node { action, to_go, next: vec![None; seen] });
                waiting.push_back((graph.nodes.len() - 1, belief));
                graph.nodes.len() - 1
            })
        };
        enter(&mut graph, horizon, pomdp.start().to_vec(), &mut waiting);
        while let Some((node, belief)) = waiting.pop_front() {
            let Node { action, to_go, .. } = graph.nodes[node];
            let later = to_go.map(|to_go| to_go - 1);
            if later == Some(0) {
                continue;
            }
            let each = states.saturating_mul(stage(later).vectors().len() + 1);
            work =
                work.saturating_add(seen.saturating_mul(each)).saturating_add(2 * states * states);
            if work > MAX_WORK {
                return None;
            }
            // Other beliefs reach this node, too: what cannot be seen from here may be seen from there.
            let predicted = [&belief, &uniform].map(|belief| pomdp.predict(belief, action));
            for observation in 0..seen {
                let after = predicted.iter().find_map(|predicted| {
                    let mut after = vec![0.0; states];
                    let mass = pomdp.weigh_into(predicted, action, observation, &mut after);
                    after.iter_mut().for_each(|b| *b /= mass);
                    (mass > 0.0).then_some(after)
                });
                if let Some(after) = after {
                    let next = enter(&mut graph, later, after, &mut waiting);
                    graph.nodes[node].next[observation] = Some(next);
                }
            }
        }
        Some(graph)
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The value of following the graph from the law of the first state; `None` if its computation would take more than
    /// 2^32 multiplications.
    ///
    /// # Panics
    /// If the graph is one of another process.
    #[must_use]
    pub fn value(&self, pomdp: &Pomdp) -> Option<f64> {
        let (states, seen) = (pomdp.states(), pomdp.observations());
        let mut work = self.nodes.len().saturating_mul(states).saturating_mul(states + seen);
        let mut values = vec![vec![0.0; states]; self.nodes.len()];
        // With a finite horizon later nodes come first, and once is enough.
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_key(|node| self.nodes[*node].to_go);
        let endless = self.nodes.iter().any(|node| node.to_go.is_none());
        let sweep = work;
        loop {
            if work > MAX_WORK {
                return None;
            }
            let (mut change, mut largest) = (0.0f64, 0.0f64);
            for &node in &order {
                let fresh = self.value_of(pomdp, node, &values);
                for (old, new) in values[node].iter().zip(&fresh) {
                    change = change.max((old - new).abs());
                    largest = largest.max(new.abs());
                }
                values[node] = fresh;
            }
            if !endless || change <= SETTLED * largest {
                break;
            }
            work = work.saturating_add(sweep);
        }
        Some(pomdp.start().iter().zip(&values[0]).map(|(p, v)| p * v).sum())
    }

    /// The value of a node in every state, from those of the nodes after it.
    fn value_of(&self, pomdp: &Pomdp, node: usize, values: &[Vec<f64>]) -> Vec<f64> {
        let Node { action, next, .. } = &self.nodes[node];
        let mut later = vec![0.0; pomdp.states()];
        for (observation, next) in next.iter().enumerate() {
            let Some(next) = *next else { continue };
            for (s, sum) in later.iter_mut().enumerate() {
                *sum += pomdp.observation_probability(*action, s, observation) * values[next][s];
            }
        }
        let mut value = expect(pomdp, *action, &later);
        value.iter_mut().enumerate().for_each(|(s, v)| *v += pomdp.reward(s, *action));
        value
    }

    /// The graph in the language of Graphviz: nodes named by actions, edges by observations; the start has two rings.
    #[must_use]
    pub fn dot(&self, pomdp: &Pomdp) -> String {
        let names = pomdp.names();
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut out = String::from("digraph policy {\n  rankdir = LR;\n  node [shape = circle];\n");
        let line = "a string takes any text";
        for (i, node) in self.nodes.iter().enumerate() {
            let shape = if i == 0 { ", shape = doublecircle" } else { "" };
            let to_go = node.to_go.map_or(String::new(), |n| format!("\\n{n} to go"));
            let action = quoted(&names.actions[node.action]);
            writeln!(out, "  {i} [label = \"{action}{to_go}\"{shape}];").expect(line);
        }
        for (i, node) in self.nodes.iter().enumerate() {
            // One edge for all observations that lead to the same node.
            let mut edges: Vec<(usize, Vec<&str>)> = Vec::new();
            for (next, name) in node.next.iter().zip(&names.observations) {
                let Some(next) = *next else { continue };
                match edges.iter_mut().find(|(to, _)| *to == next) {
                    Some((_, seen)) => seen.push(name),
                    None => edges.push((next, vec![name])),
                }
            }
            for (to, seen) in edges {
                let seen = quoted(&seen.join(", "));
                writeln!(out, "  {i} -> {to} [label = \"{seen}\"];").expect(line);
            }
        }
        out + "}\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::pomdp::point_based::{Stop, solve};
    use crate::oracle::pomdp::pruning;
    use crate::problem::pomdp::classics;

    #[test]
    fn the_graph_of_a_plan_is_worth_the_plan() {
        for (pomdp, horizon) in [(classics::tiger(0.95).unwrap(), 8), (classics::cheese(), 4)] {
            let plan = pruning::solve(&pomdp, horizon).unwrap();
            let graph = PolicyGraph::of_plan(&pomdp, &plan).unwrap();
            let (value, own) = (plan.value(pomdp.start()), graph.value(&pomdp).unwrap());
            approx::assert_relative_eq!(own, value, max_relative = 1e-9);
            assert!(graph.nodes().iter().all(|node| node.to_go.is_some_and(|n| n <= horizon)));
        }
    }

    /// The tiger's optimal policy needs five nodes: listen until one side was heard twice more often.
    #[test]
    fn the_graph_of_the_tiger_is_known() {
        let tiger = classics::tiger(0.95).unwrap();
        let solution = solve(&tiger, Stop { gap: 1e-6, backups: 100_000 }).unwrap();
        let graph = PolicyGraph::of_vectors(&tiger, &solution.policy).unwrap();
        let value = graph.value(&tiger).unwrap();
        assert!(value >= solution.lower - 1e-9 && value <= solution.upper + 1e-9, "{value}");
        assert_eq!(graph.nodes().len(), 5);
        assert_eq!(graph.nodes().iter().filter(|node| node.action == 0).count(), 3);
        let dot = graph.dot(&tiger);
        assert!(dot.starts_with("digraph policy {") && dot.ends_with("}\n"), "{dot}");
        assert!(dot.contains("0 [label = \"listen\", shape = doublecircle]"), "{dot}");
        assert!(dot.contains("[label = \"open-left\"]"), "{dot}");
    }
}
