//! Geometry of curves: cut to the plotting area, thinned, and dashed.

use super::canvas::Rect;

/// A point in pixels at scale 1.
pub(super) type Point = (f64, f64);

/// The part of a segment inside `area` (Liang and Barsky).
fn segment(area: &Rect, from: Point, to: Point) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (step, room) in [
        (-dx, from.0 - area.left),
        (dx, area.right - from.0),
        (-dy, from.1 - area.top),
        (dy, area.bottom - from.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
    (enter <= leave).then(|| (at(enter), at(leave)))
}

/// The pieces of a polyline that lie inside `area`.
pub(super) fn polyline(area: &Rect, points: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((from, to)) = segment(area, pair[0], pair[1]) else {
            open = false;
            continue;
        };
        match pieces.last_mut().filter(|_| open && from == pair[0]) {
            Some(piece) => piece.push(to),
            None => pieces.push(vec![from, to]),
        }
        open = to == pair[1];
    }
    pieces
}

/// The part of a polygon inside `area` (Sutherland and Hodgman; parts may stay joined along the border).
pub(super) fn polygon(area: &Rect, points: &[Point]) -> Vec<Point> {
    let sides = [
        (true, area.left, 1.0),
        (true, area.right, -1.0),
        (false, area.top, 1.0),
        (false, area.bottom, -1.0),
    ];
    let mut kept = points.to_vec();
    for (across, bound, sign) in sides {
        let depth = |(x, y): Point| sign * (if across { x } else { y } - bound);
        let mut next = Vec::with_capacity(kept.len() + 4);
        for (index, &to) in kept.iter().enumerate() {
            let from = kept[(index + kept.len() - 1) % kept.len()];
            let (a, b) = (depth(from), depth(to));
            if (a < 0.0) != (b < 0.0) {
                let share = a / (a - b);
                next.push((from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1)));
            }
            if b >= 0.0 {
                next.push(to);
            }
        }
        kept = next;
    }
    kept
}

/// Leaves out vertices that nobody would see: those closer than a quarter pixel to the last one kept, and of a long curve
/// that runs to the right, all but the first, lowest, highest and last in each half pixel. The ends stay.
pub(super) fn thin(points: &[Point]) -> Vec<Point> {
    const LONG: usize = 4000;
    let rightwards = points.windows(2).all(|pair| pair[0].0 <= pair[1].0);
    if points.len() <= LONG || !rightwards {
        return apart(points.iter().copied());
    }
    let columns = points.chunk_by(|a, b| (2.0 * a.0).floor() == (2.0 * b.0).floor());
    apart(columns.flat_map(|column| {
        let height = |&index: &usize| column[index].1;
        let by_height = |a: &usize, b: &usize| height(a).total_cmp(&height(b));
        let lowest = (0..column.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut kept = [0, lowest, highest, column.len() - 1];
        kept.sort_unstable();
        kept.map(|index| column[index])
    }))
}

fn apart(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut skipped = None;
    for point in points {
        let far = |last: &Point| (point.0 - last.0).hypot(point.1 - last.1) >= 0.25;
        if kept.last().is_none_or(far) {
            kept.push(point);
            skipped = None;
        } else {
            skipped = Some(point);
        }
    }
    kept.extend(skipped);
    kept
}

/// Cuts a polyline into dashes of length `on` with gaps of length `off`.
pub(super) fn dashes(points: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let Some(&first) = points.first() else {
        return pieces;
    };
    let (mut drawing, mut left) = (true, on);
    let mut piece = vec![first];
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            let share = left / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            piece.push(from);
            if drawing {
                pieces.push(piece);
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
            piece = vec![from];
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn a_line_is_cut_at_the_border_and_split_where_it_leaves() {
        let pieces =
            polyline(&AREA, &[(-5.0, 5.0), (5.0, 5.0), (5.0, 20.0), (8.0, 20.0), (8.0, 0.0)]);
        let expected =
            vec![vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)], vec![(8.0, 10.0), (8.0, 0.0)]];
        assert_eq!(pieces, expected);
        assert!(polyline(&AREA, &[(-5.0, -1.0), (15.0, -1.0)]).is_empty());
    }

    #[test]
    fn a_polygon_around_the_area_becomes_the_area() {
        let corners = [(-5.0, -5.0), (15.0, -5.0), (15.0, 15.0), (-5.0, 15.0)];
        let cut = polygon(&AREA, &corners);
        assert!(cut.iter().all(|&point| AREA.contains(point)));
        let doubled: f64 = (0..cut.len())
            .map(|i| (cut[i], cut[(i + 1) % cut.len()]))
            .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
            .sum();
        assert!((doubled.abs() - 200.0).abs() < 1e-9);
    }

    #[test]
    fn dashes_have_the_right_total_length() {
        let pieces = dashes(&[(0.0, 0.0), (7.0, 0.0), (7.0, 3.0)], 2.0, 1.0);
        let length: f64 = pieces
            .iter()
            .flat_map(|piece| piece.windows(2))
            .map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1))
            .sum();
        assert_eq!(pieces.len(), 4);
        assert!((length - 7.0).abs() < 1e-9);
    }

    #[test]
    fn thinning_keeps_the_ends_and_far_vertices() {
        let points = [(0.0, 0.0), (0.1, 0.0), (1.0, 0.0), (1.1, 0.0)];
        assert_eq!(thin(&points), [(0.0, 0.0), (1.0, 0.0), (1.1, 0.0)]);
    }

    #[test]
    fn thinning_a_long_curve_keeps_its_peaks() {
        let mut points: Vec<_> = (0..10_000).map(|i| (f64::from(i) * 0.01, 50.0)).collect();
        points[5_005].1 = -3.0;
        points[7_777].1 = 99.0;
        let kept = thin(&points);
        assert!(kept.len() < 500, "{}", kept.len());
        for index in [0, 5_005, 7_777, 9_999] {
            assert!(kept.contains(&points[index]), "{index}");
        }
    }
}
