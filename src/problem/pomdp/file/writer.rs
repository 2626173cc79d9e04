//! Writer of `.POMDP` files.

use std::fmt::Write;

use ndarray::ArrayView1;

use super::lexer::is_name;
use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};

/// The process as the text of a file, every number in its shortest exact form.
///
/// # Errors
/// [`Error::Parameter`] for a name that the format cannot hold: names are letters, digits, `-` and `_` after a letter,
/// and no word of the format; or the numbers 0, 1, 2, ... for a whole kind.
pub fn text(pomdp: &Pomdp) -> Result<String> {
    let names = pomdp.names();
    let mut out = format!("discount: {:?}\nvalues: reward\n", pomdp.discount());
    for (kind, names) in [
        ("states", &names.states),
        ("actions", &names.actions),
        ("observations", &names.observations),
    ] {
        let numbered = names.iter().enumerate().all(|(i, name)| *name == i.to_string());
        if numbered {
            push(&mut out, format_args!("{kind}: {}\n", names.len()));
            continue;
        }
        if let Some(i) = names.iter().position(|name| !is_name(name)) {
            let expected =
                "a letter, then letters, digits, - and _, and no word of the file format";
            return Err(Error::parameter(format!("{kind}[{i}]"), &names[i], expected));
        }
        push(&mut out, format_args!("{kind}: {}\n", names.join(" ")));
    }
    push(&mut out, format_args!("start: {}\n", row(ArrayView1::from(pomdp.start()))));
    let (states, actions) = (pomdp.states(), pomdp.actions());
    for (action, name) in names.actions.iter().enumerate() {
        push(&mut out, format_args!("\nT: {name}\n"));
        for state in 0..states {
            let laws = pomdp.transitions();
            push(&mut out, format_args!("{}\n", row(laws.row(state * actions + action))));
        }
        push(&mut out, format_args!("O: {name}\n"));
        for reached in 0..states {
            let law = pomdp.observation_laws();
            push(&mut out, format_args!("{}\n", row(law.row(action * states + reached))));
        }
        for (state, of) in names.states.iter().enumerate() {
            let reward = pomdp.reward(state, action);
            push(&mut out, format_args!("R: {name} : {of} : * : * {reward:?}\n"));
        }
    }
    Ok(out)
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}

fn row(numbers: ArrayView1<'_, f64>) -> String {
    let words: Vec<String> = numbers.iter().map(|x| format!("{x:?}")).collect();
    words.join(" ")
}
