//! Problems that everybody in the field knows, as `.POMDP` texts of ours, and a maze where memory must matter.
//!
//! | constructor | states, actions, observations | from |
//! |---|---|---|
//! | [`tiger`] | 2, 3, 2 | Kaelbling, Littman and Cassandra 1998 |
//! | [`corridor`] | 4, 2, 2 | "1d", Littman 1996 |
//! | [`shuttle`] | 8, 3, 5 | Chrisman 1992 |
//! | [`cheese`] | 11, 4, 7 | McCallum 1993 |
//! | [`grid4x3`] | 11, 4, 6 | Parr and Russell 1995 |
//! | [`t_maze`] | 2 corridor + 5, 3, 5 | after Bakker 2001; ours |

use ndarray::Array2;

use super::file::parse;
use super::{Names, Pomdp, Tables};
use crate::{Error, Result};

fn own(text: &str) -> Pomdp {
    parse(text.as_bytes()).expect("our own file")
}

/// Two doors, a tiger behind one of them; listening costs 1 and is right with probability 0.85.
///
/// # Errors
/// [`Error::Parameter`] for a `discount` outside [0, 1].
pub fn tiger(discount: f64) -> Result<Pomdp> {
    Pomdp::new(Tables { discount, ..own(include_str!("classics/tiger.POMDP")).tables() })
}

/// Four cells in a row of which only the goal is recognised; discount 0.75.
#[must_use]
pub fn corridor() -> Pomdp {
    own(include_str!("classics/corridor.POMDP"))
}

/// A shuttle between two space stations with unreliable docking; discount 0.95.
#[must_use]
pub fn shuttle() -> Pomdp {
    own(include_str!("classics/shuttle.POMDP"))
}

/// A mouse that sees only the walls of its cell looks for cheese; discount 0.95.
#[must_use]
pub fn cheese() -> Pomdp {
    own(include_str!("classics/cheese.POMDP"))
}

/// Russell's 4 x 3 grid, seen through two wall detectors; discount 0.95.
#[must_use]
pub fn grid4x3() -> Pomdp {
    own(include_str!("classics/grid4x3.POMDP"))
}

/// Longest corridor of [`t_maze`].
const MAX_CORRIDOR: usize = 1000;
/// Number of actions of [`t_maze`].
pub(crate) const MAZE_ACTIONS: usize = 3;
/// Number of observations of [`t_maze`].
pub(crate) const MAZE_OBSERVATIONS: usize = 5;
const FORWARD: usize = 0;

/// A T-shaped maze where memory must matter: a signal at the entrance says where to turn at the far end, `corridor`
/// steps away, and is not seen again. The right turn earns 1.
///
/// Entering, walking and turning take `corridor + 2` steps, so the optimal value is `discount^(corridor + 1)` over that
/// or any longer horizon. A player that acts on the last observation alone has half of it.
///
/// # Errors
/// [`Error::Parameter`] for a `corridor` of 0 or above 1000, or a `discount` outside [0, 1].
pub fn t_maze(corridor: usize, discount: f64) -> Result<Pomdp> {
    if !(1..=MAX_CORRIDOR).contains(&corridor) {
        return Err(Error::parameter("corridor", corridor, format!("1 to {MAX_CORRIDOR}")));
    }
    // On each side: outside, the entrance (place 1), the corridor, the junction (place corridor + 1); then the end.
    let places = corridor + 2;
    let (junction, end) = (corridor + 1, 2 * places);
    let (states, actions) = (end + 1, MAZE_ACTIONS);
    let mut transitions = Array2::zeros((states * actions, states));
    let mut observations = Array2::zeros((actions * states, MAZE_OBSERVATIONS));
    let mut rewards = vec![0.0; states * actions];
    let mut names = Vec::with_capacity(states);
    for state in 0..states {
        let (side, place) = (state / places, state % places);
        let turned = state == end;
        let name = match place {
            _ if turned => "end".to_owned(),
            0 => "outside".to_owned(),
            1 => "entrance".to_owned(),
            p if p == junction => "junction".to_owned(),
            p => format!("corridor{}", p - 1),
        };
        names.push(if turned { name } else { format!("{name}-{}", ["up", "down"][side]) });
        let seen = match place {
            _ if turned => 4,
            0 => 2,
            1 => side,
            p if p == junction => 3,
            _ => 2,
        };
        for action in 0..actions {
            let turns = !turned && place == junction && action != FORWARD;
            let next = match action {
                _ if turns => end,
                FORWARD if !turned && place < junction => state + 1,
                _ => state,
            };
            transitions[[state * actions + action, next]] = 1.0;
            observations[[action * states + state, seen]] = 1.0;
            if turns && action == side + 1 {
                rewards[state * actions + action] = 1.0;
            }
        }
    }
    let mut start = vec![0.0; states];
    start[0] = 0.5;
    start[places] = 0.5;
    let list = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    Pomdp::new(Tables {
        names: Names {
            states: names,
            actions: list(&["forward", "up", "down"]),
            observations: list(&["signal-up", "signal-down", "wall", "junction", "end"]),
        },
        transitions,
        observations,
        rewards,
        start,
        discount,
    })
}
