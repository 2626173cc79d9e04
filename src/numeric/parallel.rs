//! Independent pieces of work on the threads of the current pool, results in order, the first error in order.
//!
//! For pieces that take a microsecond or more. Every caller shares one compiled loop and pays a call through a pointer for
//! each piece: parallel iterators, which are compiled anew for every caller, made a fifth of the command's code.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::Result;

/// `work(0)`, `work(1)`, ... up to `count`.
pub fn over<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    gather(count, &work)
}

/// [`over`] for work that can fail; all of it is done even so.
///
/// # Errors
/// That of the lowest index.
pub fn try_over<T: Send>(count: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    first_error(gather(count, &work))
}

/// `work` of every item.
pub fn each<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    gather(items.len(), &|i| work(&items[i]))
}

/// [`each`] for work that can fail; all of it is done even so.
///
/// # Errors
/// That of the first item that has one.
pub fn try_each<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    first_error(gather(items.len(), &|i| work(&items[i])))
}

fn gather<T: Send>(count: usize, work: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let mut slots = Vec::new();
    slots.resize_with(count, || Mutex::new(None));
    run(count, &|i| {
        let result = work(i);
        *slots[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    let mut results = Vec::with_capacity(count);
    for slot in slots {
        let result = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.push(result.expect("every piece was done"));
    }
    results
}

fn first_error<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    let mut all = Vec::with_capacity(results.len());
    for result in results {
        all.push(result?);
    }
    Ok(all)
}

fn run(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(work);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn results_and_errors_come_in_order() {
        let squares: Vec<usize> = (0..1000).map(|i| i * i).collect();
        assert_eq!(over(1000, |i| i * i), squares);
        assert_eq!(each(&squares, |s| s + 1)[30], 901);
        assert!(over(0, |i| i).is_empty());
        let odd = |i: usize| match i % 2 {
            0 => Ok(i),
            _ => Err(Error::parameter("i", i, "even")),
        };
        assert_eq!(try_over(1, odd).unwrap(), [0]);
        let error = try_over(1000, |i| odd(if i < 77 { 2 * i } else { i })).unwrap_err();
        assert!(error.to_string().contains("77"), "{error}");
        let error = try_each(&[2, 4, 5, 7], |&i| odd(i)).unwrap_err();
        assert!(error.to_string().contains('5'), "{error}");
    }
}
