//! One look for every figure: colours that are told apart with any colour vision (Okabe and Ito), line widths, type sizes.

/// A colour: red, green, blue, each 0 to 255.
pub type Rgb = (u8, u8, u8);

/// Colour of text, axes and ticks.
pub const INK: Rgb = (38, 38, 38);
/// Colour of grid lines.
pub const GRID: Rgb = (228, 228, 228);
/// Colour of remarks inside a panel.
pub const FAINT: Rgb = (110, 110, 110);
/// Background of a figure.
pub const PAPER: Rgb = (255, 255, 255);

/// Type size of panel titles, in pixels at scale 1.
pub const TITLE_SIZE: f64 = 12.0;
/// Type size of axis labels, in pixels at scale 1.
pub const LABEL_SIZE: f64 = 11.0;
/// Type size of tick labels and legends, in pixels at scale 1.
pub const TICK_SIZE: f64 = 9.5;
/// Type size of remarks inside a panel, in pixels at scale 1.
pub const NOTE_SIZE: f64 = 8.0;
/// Opacity of bands.
pub const BAND_OPACITY: f64 = 0.18;

/// Colour and width of a line; the size of a marker follows the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    /// The colour.
    pub colour: Rgb,
    /// Line width in pixels at scale 1.
    pub width: f64,
}

impl Pen {
    /// The same colour with another line width (pixels at scale 1).
    #[must_use]
    pub fn width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// The pen of curve `index` among curves without roles of their own: the colours of all roles in turn.
    #[must_use]
    pub fn of_curve(index: usize) -> Self {
        Self { width: 1.6, ..Role::ALL[index % Role::ALL.len()].pen() }
    }

    /// Step `index` of `count` ordered steps (a sweep over horizons, say), from light to dark.
    #[must_use]
    pub fn step(index: usize, count: usize) -> Self {
        let last = count.saturating_sub(1).max(1);
        let position = index.min(last) as f64 / last as f64;
        let stops: [Rgb; 3] = [(158, 205, 232), (0, 114, 178), (10, 34, 74)];
        let colour = if position < 0.5 {
            mix(stops[0], stops[1], 2.0 * position)
        } else {
            mix(stops[1], stops[2], 2.0 * position - 1.0)
        };
        Self { colour, width: 1.6 }
    }
}

/// What a curve stands for: the same learner has the same colour in all figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The trained model.
    Learned,
    /// The same model before training.
    Untrained,
    /// Follow the regularised leader.
    Ftrl,
    /// Multiplicative weights.
    Hedge,
    /// Follow the leader without regularisation.
    Ftl,
    /// The learner that never moves from its first decision.
    Still,
    /// An upper or lower bound.
    Bound,
    /// A closed form the experiment is held against.
    Theory,
    /// A further curve.
    Extra1,
    /// One more.
    Extra2,
}

impl Role {
    /// All roles, in the order above.
    pub const ALL: [Self; 10] = [
        Self::Learned,
        Self::Untrained,
        Self::Ftrl,
        Self::Hedge,
        Self::Ftl,
        Self::Still,
        Self::Bound,
        Self::Theory,
        Self::Extra1,
        Self::Extra2,
    ];

    /// Colour and line width of the role.
    #[must_use]
    pub const fn pen(self) -> Pen {
        let (colour, width) = match self {
            Self::Learned => ((0, 114, 178), 2.0),
            Self::Untrained => ((213, 94, 0), 1.6),
            Self::Ftrl => ((0, 158, 115), 1.6),
            Self::Hedge => ((230, 159, 0), 1.6),
            Self::Ftl => ((204, 121, 167), 1.6),
            Self::Still => ((86, 180, 233), 1.6),
            Self::Bound => ((135, 135, 135), 1.3),
            Self::Theory => (INK, 1.3),
            Self::Extra1 => ((128, 78, 56), 1.6),
            Self::Extra2 => ((160, 146, 20), 1.6),
        };
        Pen { colour, width }
    }
}

impl From<Role> for Pen {
    fn from(role: Role) -> Self {
        role.pen()
    }
}

impl From<Rgb> for Pen {
    fn from(colour: Rgb) -> Self {
        Self { colour, width: 1.6 }
    }
}

/// The colour at `share` (0 to 1) of the way from `from` to `to`.
pub(super) fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round();
    (channel(from.0, to.0) as u8, channel(from.1, to.1) as u8, channel(from.2, to.2) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_roles_share_a_colour() {
        for (index, one) in Role::ALL.iter().enumerate() {
            for other in &Role::ALL[index + 1..] {
                let (a, b) = (one.pen().colour, other.pen().colour);
                let distance =
                    a.0.abs_diff(b.0) as u32 + a.1.abs_diff(b.1) as u32 + a.2.abs_diff(b.2) as u32;
                assert!(distance > 60, "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn mixing_hits_both_ends_and_survives_nan() {
        assert_eq!(mix(INK, PAPER, 0.0), INK);
        assert_eq!(mix(INK, PAPER, 1.0), PAPER);
        assert_eq!(mix(INK, PAPER, f64::NAN), INK);
        assert_eq!(Pen::step(0, 1), Pen::step(0, 0));
    }
}
