//! Numbers: the scalar of the models, vectors of them, keyed random streams, small dense linear algebra, normal order statistics.

pub mod bulk_normal;
pub mod elementary;
pub mod linalg;
pub mod matrix_game;
pub mod normal;
pub mod order;
pub mod parallel;
pub mod rng;
pub mod scalar;
pub mod vector;
pub mod wide_chacha;
