//! Round numbers for the ticks of an axis, and how they are printed.

use super::axis::Axis;
use crate::report::panel::Scale;

/// A tick: its value in data units and its label (empty for a minor tick).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// The ticks of an axis that has room for about `room` labels.
pub(super) fn ticks(axis: &Axis, room: usize) -> Vec<Tick> {
    match axis.scale {
        Scale::Linear => linear(axis.low, axis.high, room),
        Scale::Log10 => logarithmic(axis, room),
    }
}

/// Ticks at given values, those outside the axis left out.
pub(super) fn given(axis: &Axis, at: &[f64]) -> Vec<Tick> {
    at.iter()
        .filter(|&&value| axis.share(value).is_some_and(inside))
        .map(|&value| Tick { at: value, label: plain(value) })
        .collect()
}

/// Ticks of named rows, the first at the top ([`crate::report::panel::Panel::rows`]).
pub(super) fn rows(axis: &Axis, names: &[String]) -> Vec<Tick> {
    let at = |i: usize| (names.len() - i) as f64;
    let rows = names.iter().enumerate().map(|(i, name)| Tick { at: at(i), label: name.clone() });
    rows.filter(|tick| axis.share(tick.at).is_some_and(inside)).collect()
}

fn inside(share: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&share)
}

fn linear(low: f64, high: f64, room: usize) -> Vec<Tick> {
    let rough = (high - low) / room.max(2) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|&step| step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil();
    let count = (high / step + 1e-9).floor() - first;
    if !(step.is_normal() && count.is_finite() && count < 100.0) {
        return Vec::new();
    }
    let largest = low.abs().max(high.abs());
    let decimals = (-step.log10() - 1e-9).ceil().max(0.0) as usize;
    (0..=count.max(0.0) as usize)
        .map(|index| {
            let at = (first + index as f64) * step;
            let label = if !(1e-3..1e5).contains(&largest) {
                plain(at)
            } else {
                minus(format!("{:.decimals$}", at + 0.0))
            };
            Tick { at, label }
        })
        .collect()
}

fn logarithmic(axis: &Axis, room: usize) -> Vec<Tick> {
    let (first, last) = (axis.low.floor() as i32, axis.high.ceil() as i32);
    let decades: Vec<i32> =
        (first..=last).filter(|&power| axis.share(10f64.powi(power)).is_some_and(inside)).collect();
    let span = axis.high - axis.low;
    if decades.len() >= 2 && span > 1.7 {
        let every = decades.len().div_ceil(room.max(2)) as i32;
        let minor = span < 8.0;
        return (first..=last)
            .flat_map(|power| (1..10).map(move |factor| (power, factor)))
            .filter(|&(power, factor)| factor == 1 || minor && power < last)
            .map(|(power, factor)| Tick {
                at: f64::from(factor) * 10f64.powi(power),
                label: if factor == 1 && power.rem_euclid(every) == 0 {
                    power_of_ten(power)
                } else {
                    String::new()
                },
            })
            .filter(|tick| axis.share(tick.at).is_some_and(inside))
            .collect();
    }
    for factors in [&[1, 2, 5][..], &[1, 2, 3, 4, 6, 8]] {
        let found: Vec<Tick> = (first..=last)
            .flat_map(|power| factors.iter().map(move |&factor| (power, factor)))
            .map(|(power, factor)| f64::from(factor) * 10f64.powi(power))
            .filter(|&at| axis.share(at).is_some_and(inside))
            .map(|at| Tick { at, label: plain(at) })
            .collect();
        if found.len() >= 3 {
            return found;
        }
    }
    linear(10f64.powf(axis.low), 10f64.powf(axis.high), room.min(4))
}

/// A number as a label: at most 6 significant digits, very large and very small ones as a multiple of a power of ten.
pub(super) fn plain(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return minus(format!("{}", value + 0.0));
    }
    let magnitude = value.abs();
    if (1e-4..1e5).contains(&magnitude) {
        let decimals = (5.0 - magnitude.log10().floor()).clamp(0.0, 9.0) as usize;
        let digits = format!("{value:.decimals$}");
        let digits = if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.')
        } else {
            &digits
        };
        return minus(digits.to_owned());
    }
    let scientific = format!("{value:.3e}");
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let power = power_of_ten(power.parse().unwrap_or(0));
    match mantissa {
        "1" => power,
        "-1" => format!("−{power}"),
        _ => minus(format!("{mantissa}×{power}")),
    }
}

fn minus(text: String) -> String {
    text.replace('-', "−")
}

fn power_of_ten(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised: String = power
        .to_string()
        .chars()
        .map(|digit| match digit {
            '-' => '⁻',
            other => DIGITS[other.to_digit(10).unwrap_or(0) as usize],
        })
        .collect();
    format!("10{raised}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, low: f64, high: f64) -> Vec<String> {
        let axis = Axis::new(scale, Some((low, high)), false, std::iter::empty());
        ticks(&axis, 5)
            .into_iter()
            .map(|tick| tick.label)
            .filter(|label| !label.is_empty())
            .collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        let expected = ["−0.5", "0.0", "0.5", "1.0"];
        assert_eq!(labels(Scale::Linear, -0.6, 1.3), expected);
        assert_eq!(labels(Scale::Linear, 0.0, 100.0), ["0", "20", "40", "60", "80", "100"]);
        let large = labels(Scale::Linear, 0.0, 4e6);
        assert_eq!(large, ["0", "10⁶", "2×10⁶", "3×10⁶", "4×10⁶"]);
    }

    #[test]
    fn logarithmic_ticks_are_decades_or_few_round_numbers() {
        assert_eq!(labels(Scale::Log10, 0.05, 200.0), ["10⁻¹", "10⁰", "10¹", "10²"]);
        assert_eq!(labels(Scale::Log10, 9.0, 170.0), ["10", "20", "50", "100"]);
        assert!(labels(Scale::Log10, 1e-20, 1e20).len() <= 8);
        assert!(labels(Scale::Log10, 1.01, 1.05).len() >= 3);
    }

    #[test]
    fn plain_numbers() {
        let cases = [
            (160.0, "160"),
            (-0.25, "−0.25"),
            (1e5, "10⁵"),
            (-1e-5, "−10⁻⁵"),
            (1.0 / 3.0, "0.333333"),
            (0.0, "0"),
            (99_999.0, "99999"),
        ];
        for (value, label) in cases {
            assert_eq!(plain(value), label);
        }
    }

    #[test]
    fn the_first_row_is_at_the_top() {
        let axis = Axis::new(Scale::Linear, Some((0.4, 2.6)), false, std::iter::empty());
        let rows = rows(&axis, &["first", "second"].map(String::from));
        let rows: Vec<_> = rows.iter().map(|tick| (tick.at, &*tick.label)).collect();
        assert_eq!(rows, [(2.0, "first"), (1.0, "second")]);
    }

    #[test]
    fn given_ticks_outside_the_range_are_left_out() {
        let axis = Axis::new(Scale::Log10, Some((10.0, 160.0)), false, std::iter::empty());
        let kept = given(&axis, &[5.0, 10.0, 160.0, 320.0, -1.0]);
        assert_eq!(kept.iter().map(|t| t.at).collect::<Vec<_>>(), [10.0, 160.0]);
    }
}
