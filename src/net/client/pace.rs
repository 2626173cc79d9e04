//! So much a minute and no more.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::locked;

/// How much may be saved up, in seconds.
const SAVED: f64 = 1.0;

/// Lets through so many units a minute, in the order in which threads come.
#[derive(Debug)]
pub(super) struct Pace {
    /// Seconds of a unit; 0 for no limit.
    unit: f64,
    /// When everything let through so far is paid for.
    paid: Mutex<Option<Instant>>,
}

impl Pace {
    /// `rate` units a minute; 0 for no limit.
    pub fn new(rate: f64) -> Self {
        let unit = if rate > 0.0 { 60.0 / rate } else { 0.0 };
        Self { unit, paid: Mutex::new(None) }
    }

    /// Waits until `units` more may pass: until those before are paid for.
    pub fn wait(&self, units: f64) {
        if let Some(pause) = self.book(units, Instant::now()) {
            std::thread::sleep(pause);
        }
    }

    /// Adds `units` that were not foreseen, or takes back some that were not used.
    pub fn correct(&self, units: f64) {
        let seconds = self.unit * units;
        let mut paid = locked(&self.paid);
        if let Some(time) = *paid {
            let by = Duration::try_from_secs_f64(seconds.abs()).unwrap_or(Duration::ZERO);
            *paid = if seconds < 0.0 { time.checked_sub(by) } else { time.checked_add(by) };
        }
    }

    /// Enters `units`; says how long they have to wait.
    fn book(&self, units: f64, now: Instant) -> Option<Duration> {
        if self.unit == 0.0 {
            return None;
        }
        let mut paid = locked(&self.paid);
        let earliest = now.checked_sub(Duration::from_secs_f64(SAVED)).unwrap_or(now);
        let before = paid.map_or(earliest, |paid| paid.max(earliest));
        let price = Duration::try_from_secs_f64(self.unit * units).unwrap_or(Duration::ZERO);
        *paid = before.checked_add(price);
        before.checked_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_too_fast_waits() {
        let (pace, now) = (Pace::new(120.0), Instant::now());
        let seconds = |units, after: f64| {
            let pause = pace.book(units, now + Duration::from_secs_f64(after));
            pause.map_or(0.0, |pause| pause.as_secs_f64())
        };
        // Half a second a unit, and a second saved up.
        let waits = [0.0; 3].map(|after| seconds(1.0, after));
        assert_eq!(waits, [0.0, 0.0, 0.0]);
        assert!((seconds(4.0, 0.0) - 0.5).abs() < 1e-6);
        assert!((seconds(1.0, 0.5) - 2.0).abs() < 1e-6);
        pace.correct(-4.0);
        assert!((seconds(1.0, 0.5) - 0.5).abs() < 1e-6);
        // Nothing is saved up beyond the second.
        assert_eq!((seconds(3.0, 100.0), seconds(1.0, 100.0)), (0.0, 0.5));
        assert_eq!(Pace::new(0.0).book(1e9, now), None);
    }
}
