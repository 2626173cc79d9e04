//! An axis: its range on its scale, taken from the data or given.

use crate::report::panel::Scale;

/// Share of the data's extent left free at either end of an automatic range.
const MARGIN: f64 = 0.04;

/// A scale with the range shown on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub scale: Scale,
    /// Lower end, on the scale (log10 of the data unit on a logarithmic one).
    pub low: f64,
    /// Upper end, likewise; above `low`.
    pub high: f64,
}

impl Axis {
    /// The given range, or the smallest one (with a margin) that shows all values the scale can show.
    pub fn new(
        scale: Scale,
        given: Option<(f64, f64)>,
        margin: bool,
        values: impl Iterator<Item = f64>,
    ) -> Self {
        if let Some((low, high)) = given
            && let (Some(low), Some(high)) = (on_scale(scale, low), on_scale(scale, high))
            && low < high
        {
            return Self { scale, low, high };
        }
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter_map(|value| on_scale(scale, value)) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let extent = high - low;
        let smallest = 1e-9 * low.abs().max(high.abs());
        if extent <= smallest || !extent.is_finite() {
            let half = match scale {
                Scale::Linear => (0.5 * low.abs().max(high.abs())).max(f64::MIN_POSITIVE),
                Scale::Log10 => 0.5,
            };
            let half = if low == 0.0 && high == 0.0 { 0.5 } else { half };
            let middle = low / 2.0 + high / 2.0;
            return Self { scale, low: middle - half, high: middle + half };
        }
        let margin = if margin { MARGIN * extent } else { 0.0 };
        Self { scale, low: low - margin, high: high + margin }
    }

    /// Where a value stands: 0 at the lower end, 1 at the upper; `None` when the scale cannot show it.
    pub fn share(&self, value: f64) -> Option<f64> {
        on_scale(self.scale, value).map(|value| (value - self.low) / (self.high - self.low))
    }

    /// The same axis with the upper end moved up by `share` of the range.
    pub fn raised(&self, share: f64) -> Self {
        Self { high: self.high + share * (self.high - self.low), ..*self }
    }
}

/// The value on the scale; `None` when the scale cannot show it.
pub(super) fn on_scale(scale: Scale, value: f64) -> Option<f64> {
    match scale {
        // Values near the largest float would overflow the range's width.
        Scale::Linear => (value.abs() < 1e300).then_some(value),
        Scale::Log10 => (value > 0.0 && value.is_finite()).then(|| value.log10()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_automatic_range_holds_the_data_with_a_margin() {
        let axis = Axis::new(Scale::Linear, None, true, [2.0, f64::NAN, -1.0].into_iter());
        assert!((axis.low + 1.12).abs() < 1e-12 && (axis.high - 2.12).abs() < 1e-12);
        let axis = Axis::new(Scale::Log10, None, false, [0.0, 10.0, 1e3].into_iter());
        assert_eq!((axis.low, axis.high), (1.0, 3.0));
        assert_eq!(axis.share(100.0), Some(0.5));
        assert_eq!(axis.share(-1.0), None);
    }

    #[test]
    fn every_input_gives_a_proper_range() {
        for scale in [Scale::Linear, Scale::Log10] {
            for values in [
                vec![],
                vec![0.0],
                vec![7.0, 7.0],
                vec![f64::MAX, -f64::MAX],
                vec![5e-324],
                vec![f64::INFINITY],
                vec![1e-300, 2e-300],
            ] {
                for given in [None, Some((1.0, 1.0)), Some((f64::NAN, 2.0)), Some((3.0, 1.0))] {
                    let axis = Axis::new(scale, given, true, values.iter().copied());
                    assert!(axis.low < axis.high, "{values:?} {given:?} {axis:?}");
                    assert!((axis.high - axis.low).is_finite());
                }
            }
        }
    }

    #[test]
    fn a_range_that_a_log_axis_cannot_show_gives_way_to_the_data() {
        let axis = Axis::new(Scale::Log10, Some((0.0, 10.0)), false, [1.0, 10.0].into_iter());
        assert_eq!((axis.low, axis.high), (0.0, 1.0));
    }
}
