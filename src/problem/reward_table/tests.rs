//! What is computed from a table that was read.

use super::*;

fn table() -> RewardTable {
    RewardTable::parse(b"a,b\n3,4\n0,0\n-1,0\n0,2\n1,1\n").unwrap()
}

#[test]
fn lengths_are_those_of_rounds() {
    let table = table();
    assert_eq!(table.rounds(), 5);
    approx::assert_relative_eq!(table.scale(), (32.0f64 / 5.0).sqrt(), epsilon = 1e-12);
}

#[test]
fn blocks_follow_each_other_and_leave_out_the_rest() {
    let table = table();
    let blocks = table.blocks(2).unwrap();
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[0], ndarray::array![[3.0, 4.0], [0.0, 0.0]]);
    assert_eq!(blocks[1], ndarray::array![[-1.0, 0.0], [0.0, 2.0]]);
    assert_eq!(table.blocks(5).unwrap()[0], table.rewards);
    assert_eq!(table.blocks(1).unwrap().len(), 5);
}

#[test]
fn a_block_must_fit_the_table() {
    for length in [0, 6, usize::MAX] {
        let message = table().blocks(length).unwrap_err().to_string();
        assert_eq!(message, format!("block length = {length}: expected 1 to 5"));
    }
}
