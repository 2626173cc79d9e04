//! Incremental pruning: all beliefs at once, by sets of alpha vectors (QP-R3).
//!
//! ```text
//! next stage:  prune over a of  r_a + (+)_o { gamma P_a (P(o | a, .) * alpha) : alpha in this stage }
//! ```
//!
//! with (+) the cross-sum, taken one observation after the other and pruned in between (Cassandra, Littman and Zhang
//! 1997). Two states are pruned by the upper envelope; more by witness beliefs (Lark's algorithm), each the solution of
//! a matrix game: does any mixture of states make a vector better than all those kept?

use super::alpha_vectors::{AlphaVector, AlphaVectors, best};
use super::backup::project;
use super::plan::Plan;
use crate::numeric::matrix_game;
use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};
use ndarray::Array2;

/// A vector is kept if it is better than the others somewhere by more than this, relative to the largest value.
const TOLERANCE: f64 = 1e-11;
/// Largest number of values in a cross-sum.
const MAX_VALUES: usize = 1 << 27;
/// What a vector takes beside its values, in values.
const VECTOR_OVERHEAD: usize = 6;
const MAX_STEPS: usize = 100_000;
const MAX_REWARD: f64 = 1e150;

/// Optimal play over `horizon` steps from any belief.
///
/// # Errors
/// [`Error::Parameter`] for a `horizon` outside 1 to 100 000, or one at which cross-sums have more than 2^27 values; for
/// rewards above 1e150.
pub fn solve(pomdp: &Pomdp, horizon: usize) -> Result<Plan> {
    solve_while(pomdp, horizon, &|| true)
}

/// [`solve`] for as long as `go_on` says so, which is asked all the time; afterwards the plan has as many steps as were
/// done by then, at least one.
///
/// # Errors
/// Those of [`solve`].
pub fn solve_while(pomdp: &Pomdp, horizon: usize, go_on: &dyn Fn() -> bool) -> Result<Plan> {
    if !(1..=MAX_STEPS).contains(&horizon) {
        return Err(Error::parameter("horizon", horizon, format!("1 to {MAX_STEPS} steps")));
    }
    // Differences of values must not overflow.
    if let Some(reward) = pomdp.rewards().iter().find(|r| r.abs() > MAX_REWARD) {
        return Err(Error::parameter("rewards", reward, format!("sizes up to {MAX_REWARD:e}")));
    }
    let mut stages: Vec<AlphaVectors> = Vec::new();
    for _ in 0..horizon {
        let stage = match stages.last() {
            None => (0..pomdp.actions()).map(|action| immediate(pomdp, action)).collect(),
            Some(later) => match back(pomdp, later.vectors(), go_on) {
                Ok(stage) => stage,
                Err(Halt::Told) => break,
                Err(Halt::TooLarge(size)) => {
                    let expected =
                        format!("cross-sums of at most {MAX_VALUES} values (got {size})");
                    return Err(Error::parameter("horizon", horizon, expected));
                }
            },
        };
        // The first stage counts even if there is no time to prune it.
        let spare = stages.is_empty().then(|| stage.clone());
        let pruned = prune(stage, go_on).ok();
        let done = pruned.is_some();
        let Some(stage) = pruned.or(spare) else { break };
        stages.push(AlphaVectors::new(stage)?);
        if !done {
            break;
        }
    }
    Plan::new(stages)
}

fn immediate(pomdp: &Pomdp, action: usize) -> AlphaVector {
    let values = (0..pomdp.states()).map(|s| pomdp.reward(s, action)).collect();
    AlphaVector { action, values }
}

/// Why a stage is not finished.
#[derive(Debug)]
enum Halt {
    /// A cross-sum of so many values.
    TooLarge(usize),
    /// Somebody said so.
    Told,
}

type Vectors = std::result::Result<Vec<AlphaVector>, Halt>;

/// The vectors of all actions one step before `later`, each action's pruned.
fn back(pomdp: &Pomdp, later: &[AlphaVector], go_on: &dyn Fn() -> bool) -> Vectors {
    let mut all = Vec::new();
    for action in 0..pomdp.actions() {
        let mut sum = vec![immediate(pomdp, action)];
        for observation in 0..pomdp.observations() {
            let after = later.iter().map(|vector| match go_on() {
                true => {
                    let values = project(pomdp, action, observation, &vector.values);
                    Ok(AlphaVector { action, values })
                }
                false => Err(Halt::Told),
            });
            let after = prune(after.collect::<Vectors>()?, go_on)?;
            let entries = pomdp.states() + VECTOR_OVERHEAD;
            let size = sum.len().saturating_mul(after.len()).saturating_mul(entries);
            if size > MAX_VALUES {
                return Err(Halt::TooLarge(size));
            }
            sum = prune(cross_sum(&sum, &after), go_on)?;
        }
        all.append(&mut sum);
    }
    Ok(all)
}

fn cross_sum(left: &[AlphaVector], right: &[AlphaVector]) -> Vec<AlphaVector> {
    let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a, b)));
    pairs
        .map(|(a, b)| AlphaVector {
            action: a.action,
            values: a.values.iter().zip(&b.values).map(|(x, y)| x + y).collect(),
        })
        .collect()
}

/// The vectors that are needed: each the only best one somewhere (up to the tolerance).
fn prune(vectors: Vec<AlphaVector>, go_on: &dyn Fn() -> bool) -> Vectors {
    let sizes = vectors.iter().flat_map(|v| &v.values).map(|x| x.abs());
    let tolerance = TOLERANCE * sizes.fold(f64::MIN_POSITIVE, f64::max);
    match vectors.first().map_or(0, |v| v.values.len()) {
        2 => Ok(envelope(vectors, tolerance)),
        _ => witnesses(undominated(vectors, tolerance, go_on)?, tolerance, go_on),
    }
}

/// The upper envelope over two states: the corners of the convex hull that point up and right.
fn envelope(mut vectors: Vec<AlphaVector>, tolerance: f64) -> Vec<AlphaVector> {
    vectors.sort_by(|a, b| {
        b.values[0].total_cmp(&a.values[0]).then(b.values[1].total_cmp(&a.values[1]))
    });
    let mut hull: Vec<AlphaVector> = Vec::new();
    for vector in vectors {
        if hull.last().is_some_and(|last| vector.values[1] <= last.values[1] + tolerance) {
            continue;
        }
        while let Some(last) = hull.last() {
            let dominated = vector.values[0] >= last.values[0] - tolerance;
            let before = hull.len().checked_sub(2).map(|i| &hull[i]);
            if !dominated && before.is_none_or(|before| pokes_out(before, last, &vector, tolerance))
            {
                break;
            }
            hull.pop();
        }
        hull.push(vector);
    }
    hull
}

/// Whether `middle` beats both neighbours where they are equally good.
fn pokes_out(
    left: &AlphaVector,
    middle: &AlphaVector,
    right: &AlphaVector,
    tolerance: f64,
) -> bool {
    let (rise, fall) = (right.values[1] - left.values[1], left.values[0] - right.values[0]);
    let belief = [rise / (rise + fall), fall / (rise + fall)];
    middle.at(&belief) > left.at(&belief) + tolerance
}

/// Drops vectors that another one reaches everywhere.
fn undominated(vectors: Vec<AlphaVector>, tolerance: f64, go_on: &dyn Fn() -> bool) -> Vectors {
    let reaches = |a: &AlphaVector, b: &AlphaVector| {
        a.values.iter().zip(&b.values).all(|(x, y)| *x >= *y - tolerance)
    };
    let mut kept: Vec<AlphaVector> = Vec::new();
    for vector in vectors {
        if !go_on() {
            return Err(Halt::Told);
        }
        if kept.iter().any(|other| reaches(other, &vector)) {
            continue;
        }
        kept.retain(|other| !reaches(&vector, other));
        kept.push(vector);
    }
    Ok(kept)
}

/// Lark's algorithm: a vector is kept for a belief at which it is the best of all.
fn witnesses(mut left: Vec<AlphaVector>, tolerance: f64, go_on: &dyn Fn() -> bool) -> Vectors {
    let states = left.first().map_or(0, |v| v.values.len());
    let mut kept: Vec<AlphaVector> = Vec::new();
    for state in 0..states {
        if !go_on() {
            return Err(Halt::Told);
        }
        let mut corner = vec![0.0; states];
        corner[state] = 1.0;
        if let Some(index) = best_left(&left, &corner) {
            let beats =
                |other: &AlphaVector| left[index].values[state] > other.values[state] + tolerance;
            if kept.iter().all(beats) {
                kept.push(left.swap_remove(index));
            }
        }
    }
    while let Some(candidate) = left.last() {
        if !go_on() {
            return Err(Halt::Told);
        }
        match witness(candidate, &kept, tolerance, go_on)? {
            None => {
                left.pop();
            }
            Some(belief) => {
                let index = best_left(&left, &belief).expect("the candidate is left");
                kept.push(left.swap_remove(index));
            }
        }
    }
    Ok(kept)
}

/// A belief at which `vector` is better than all of `kept`.
fn witness(
    vector: &AlphaVector,
    kept: &[AlphaVector],
    tolerance: f64,
    go_on: &dyn Fn() -> bool,
) -> std::result::Result<Option<Vec<f64>>, Halt> {
    let payoffs = Array2::from_shape_fn((kept.len(), vector.values.len()), |(i, s)| {
        vector.values[s] - kept[i].values[s]
    });
    let game = matrix_game::solve_while(payoffs.view(), go_on).ok_or(Halt::Told)?;
    Ok((game.lower > tolerance).then_some(game.columns))
}

/// The best vector at a belief; of equals the one whose values come last in lexicographic order, which is never a
/// mixture of the others.
fn best_left(vectors: &[AlphaVector], belief: &[f64]) -> Option<usize> {
    if vectors.is_empty() {
        return None;
    }
    let top = best(vectors, belief).1;
    let slack = f64::EPSILON * 8.0 * top.abs();
    let ties = (0..vectors.len()).filter(|i| vectors[*i].at(belief) >= top - slack);
    ties.max_by(|a, b| {
        let pairs = vectors[*a].values.iter().zip(&vectors[*b].values);
        pairs.map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(b.cmp(a))
    })
}
