//! Labelled trajectories of planning tasks for [`supervised`](super::supervised) fitting (SFT-D3): demonstrations by a
//! teacher, then questions with the teacher's answers as labels. Every sequence shows a task drawn for it; where a
//! family has few tasks, as the mazes have, the same ones come again.

mod hidden;
mod mdp;
mod teacher;

pub use hidden::HiddenLessons;
pub use mdp::{MdpLessons, Shape};
pub use teacher::{Preference, Teacher};

#[cfg(test)]
mod tests;
