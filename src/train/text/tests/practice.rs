//! Bases, fine-tuning jobs and the loop of RMFT in words.

use std::cell::RefCell;

use super::super::base::{Base, train as pretrain, transcripts};
use super::super::rmft::{Iteration, TextRmft, best, lessons, practise, train};
use super::super::{Imitated, Student, TextStudent, Tuning};
use crate::learner::text::TextSpeaker;
use crate::learner::verbal::Speaker;
use crate::learner::verbal::class::{Class, Source, draw_by_turns, episodes};
use crate::learner::verbal::habit::Habit;
use crate::learner::verbal::play::play;
use crate::learner::verbal::record::Trajectory;
use crate::model::Model;
use crate::model::text::generate::Sampling;
use crate::model::text::{TextConfig, TextModel};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::Bandit;
use crate::problem::verbal::answer::Reading;
use crate::problem::verbal::context::{Library, Part};
use crate::problem::verbal::message::{Conversation, Message, Role};
use crate::problem::verbal::telling::{Asking, History, Rewards, Style};
use crate::{Error, Result};

fn class(history: History) -> Class {
    Class {
        source: Source::Bandit(Bandit::bernoulli(3, 4)),
        rewards: Rewards::ZeroOne,
        style: Style { asking: Asking::Once, history, ..Style::default() },
        part: Part::Training,
    }
}

fn base(moods: f64) -> Base {
    Base {
        classes: vec![class(History::Raw)],
        habits: vec![Habit::Stick, Habit::Alternate],
        moods,
        slips: 0.0,
        transcripts: 24,
        vocabulary: 400,
        model: TextConfig { width: 16, heads: 2, blocks: 1, tokens: 800 },
        steps: 12,
        batch: 4,
        learning_rate: 1e-2,
    }
}

fn config(history: History) -> TextRmft {
    TextRmft {
        classes: vec![class(history)],
        iterations: 2,
        scenarios: 3,
        rollouts: 4,
        keep: 2,
        reading: Reading::Lenient,
        imitated: Imitated::Answers,
    }
}

/// Chooses by the number of the conversation, and keeps what it is taught; names nothing in conversations divisible by 4.
#[derive(Default)]
struct Pupil {
    asked: RefCell<Vec<usize>>,
    taught: Vec<(usize, Vec<Vec<Message>>)>,
}

impl Speaker for &Pupil {
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let choice = |id: usize| {
            if id.is_multiple_of(4) {
                "...".to_owned()
            } else {
                format!("Choice: option {}", id % 4)
            }
        };
        Ok(conversations.iter().map(|conversation| choice(conversation.id)).collect())
    }
}

impl Student for Pupil {
    type Speaker<'a> = &'a Self;

    fn speaker(&self, iteration: usize) -> Result<&Self> {
        self.asked.borrow_mut().push(iteration);
        Ok(self)
    }

    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()> {
        self.taught.push((iteration, conversations.to_vec()));
        Ok(())
    }
}

#[test]
fn the_lowest_of_every_scenario_are_imitated() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let config = config(History::Raw);
    let mut pupil = Pupil::default();
    let mut reports: Vec<Iteration> = Vec::new();
    train(&mut pupil, &config, &library, &streams, |report, _| {
        reports.push(report.clone());
        Ok(())
    })
    .unwrap();
    assert_eq!(*pupil.asked.borrow(), [0, 1]);
    for (iteration, taught) in &pupil.taught {
        assert_eq!(taught.len(), 6);
        // The same again, looked at: every kept play is one of the two lowest of its scenario that can be read.
        let told =
            draw_by_turns(&config.classes, &library, 3, &streams, Purpose::Training, *iteration)
                .unwrap();
        let open = episodes(&told, 4, &streams, Purpose::Training, *iteration).unwrap();
        let played = play(&mut &pupil, open, config.reading).unwrap();
        let report = &reports[*iteration];
        assert_eq!(report.regret, played.iter().map(|p| p.regret).sum::<f64>() / 12.0);
        assert_eq!(
            (report.index, report.unparsed.answers, report.unparsed.total()),
            (*iteration, 48, 12)
        );
        let mut kept = 0.0;
        for (scenario, plays) in played.chunks(4).enumerate() {
            let mut readable: Vec<&Trajectory> = plays[1..].iter().collect();
            readable.sort_by(|a, b| a.regret.total_cmp(&b.regret));
            for (rank, play) in readable[..2].iter().enumerate() {
                assert_eq!(taught[2 * scenario + rank], play.messages);
                kept += play.regret / 6.0;
            }
        }
        assert!((report.kept_regret - kept).abs() < 1e-12 && kept < report.regret);
    }
    // Another iteration, other scenarios.
    assert_ne!(pupil.taught[0].1, pupil.taught[1].1);
}

#[test]
fn unreadable_plays_are_kept_last() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let told =
        draw_by_turns(&[class(History::Raw)], &library, 1, &streams, Purpose::Training, 0).unwrap();
    let open = episodes(&told, 4, &streams, Purpose::Training, 0).unwrap();
    let mut plays = play(&mut &Pupil::default(), open, Reading::Lenient).unwrap();
    for (play, regret) in plays.iter_mut().zip([0.0, 2.0, 1.0, 1.0]) {
        play.regret = regret;
    }
    let runs = |keep| best(&plays, keep).iter().map(|play| play.trajectory).collect::<Vec<_>>();
    assert_eq!((runs(1), runs(3), runs(4)), (vec![2], vec![2, 3, 1], vec![2, 3, 1, 0]));
}

/// Who had only a summary before them learns from summaries.
#[test]
fn lessons_are_what_stood_before_the_speaker() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    for (history, count, length) in [(History::Raw, 1, 9), (History::Summarised, 4, 3)] {
        let told =
            draw_by_turns(&[class(history)], &library, 1, &streams, Purpose::Training, 0).unwrap();
        let open = episodes(&told, 1, &streams, Purpose::Training, 0).unwrap();
        let play = play(&mut &Pupil::default(), open, Reading::Lenient).unwrap().remove(0);
        let lessons = lessons(&play);
        assert_eq!(lessons.len(), count);
        for (round, lesson) in lessons.iter().enumerate() {
            assert_eq!((lesson.len(), &lesson[0]), (length, &play.messages[0]));
            assert_eq!(lesson.last().unwrap().role, Role::Assistant);
            if history == History::Summarised {
                assert_eq!(lesson[1..], play.messages[1 + 2 * round..3 + 2 * round]);
            }
        }
    }
}

/// The loop with a model: the same for any number of threads, and the weights move.
#[test]
fn a_text_model_practises_reproducibly() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let model = pretrain(&base(0.0), &library, &streams, |_| {}).unwrap();
    let sampling = Sampling { max_tokens: 6, ..Sampling::default() };
    let tuning = Tuning { passes: 1, batch: 2, ..Tuning::default() };
    let run = |threads: usize, imitated| {
        let mut student = TextStudent { model: model.clone(), sampling, tuning, streams };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let config = TextRmft { imitated, ..config(History::Raw) };
        pool.install(|| train(&mut student, &config, &library, &streams, |_, _| Ok(()))).unwrap();
        student.model.transformer().parameters().to_vec()
    };
    let one = run(1, Imitated::Answers);
    assert!(one == run(2, Imitated::Answers));
    assert!(one != model.transformer().parameters() && one != run(1, Imitated::LastLines));
    // The first half alone leaves the model as it is.
    let student = TextStudent { model: model.clone(), sampling, tuning, streams };
    let (report, kept) = practise(&student, &config(History::Raw), &library, &streams, 0).unwrap();
    assert_eq!((report.index, kept.len()), (0, 6));
}

#[test]
fn a_base_learns_its_transcripts() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let mut losses = Vec::new();
    let model =
        pretrain(&base(0.0), &library, &streams, |report| losses.push(report.loss)).unwrap();
    assert_eq!(losses.len(), 12);
    assert!(losses[11] < 0.85 * losses[0], "{losses:?}");
    assert_eq!(model.room(), 800);
}

#[test]
fn moods_change_habits_and_nothing_else_does() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let same = |play: &Trajectory| {
        let arms: Vec<_> = play.rounds.iter().map(|round| round.action).collect();
        arms.windows(2).map(|pair| pair[0] == pair[1]).collect::<Vec<_>>()
    };
    let mixed = |moods: f64| {
        let played = transcripts(&base(moods), &library, &streams).unwrap();
        assert_eq!(played.len(), 24);
        played.iter().filter(|play| same(play).windows(2).any(|pair| pair[0] != pair[1])).count()
    };
    // With three arms the last of an odd number goes on with the first: from then on it alternates all the same.
    assert_eq!(mixed(0.0), 0);
    assert!(mixed(1.0) > 8);
    let bad = Base { habits: vec![Habit::Myopic], ..base(0.0) };
    assert!(matches!(transcripts(&bad, &library, &streams), Err(Error::Parameter { .. })));
}

#[test]
fn bad_numbers_are_named() {
    let good = config(History::Raw);
    let bad = [
        (TextRmft { classes: vec![], ..good.clone() }, "classes"),
        (TextRmft { iterations: 0, ..good.clone() }, "iterations"),
        (TextRmft { keep: 5, ..good.clone() }, "keep = 5: expected 1 to 4"),
        (
            TextRmft {
                classes: vec![Class {
                    source: Source::Bandit(Bandit::bernoulli(0, 4)),
                    ..class(History::Raw)
                }],
                ..good.clone()
            },
            "arms",
        ),
    ];
    for (config, culprit) in bad {
        let message = config.check().unwrap_err().to_string();
        assert!(message.starts_with(culprit), "{message}");
    }
    for (tuning, culprit) in [
        (Tuning { passes: 0, ..Tuning::default() }, "passes"),
        (Tuning { batch: 0, ..Tuning::default() }, "batch"),
        (Tuning { learning_rate: f64::NAN, ..Tuning::default() }, "learning_rate"),
    ] {
        assert!(tuning.check().unwrap_err().to_string().starts_with(culprit));
    }
}

/// What speaks is the model as it stands.
#[test]
fn a_student_speaks_as_its_model() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    let model: TextModel = pretrain(&base(0.0), &library, &streams, |_| {}).unwrap();
    let sampling = Sampling { max_tokens: 6, ..Sampling::default() };
    let student =
        TextStudent { model: model.clone(), sampling, tuning: Tuning::default(), streams };
    let told =
        draw_by_turns(&[class(History::Raw)], &library, 2, &streams, Purpose::Training, 0).unwrap();
    let open = || episodes(&told, 1, &streams, Purpose::Training, 0).unwrap();
    let own = play(&mut student.speaker(3).unwrap(), open(), Reading::Lenient).unwrap();
    let mut other = TextSpeaker::new(&model, sampling, streams, 3).unwrap();
    assert_eq!(own, play(&mut other, open(), Reading::Lenient).unwrap());
    let mut later = TextSpeaker::new(&model, sampling, streams, 4).unwrap();
    assert_ne!(own, play(&mut later, open(), Reading::Lenient).unwrap());
}

#[test]
fn nothing_is_trained_in_contexts_that_are_held_out() {
    let (library, streams) = (Library::bundled().unwrap(), Streams::new(4));
    for part in [Part::HeldOut, Part::All] {
        let held = Class { part, ..class(History::Raw) };
        let classes = vec![class(History::Raw), held];
        let refused = |result: Result<()>| {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("contexts = ") && error.contains("held out"), "{error}");
        };
        let base = Base { classes: classes.clone(), transcripts: 40, ..base(0.0) };
        refused(transcripts(&base, &library, &streams).map(drop));
        let config = TextRmft { classes, scenarios: 40, ..config(History::Raw) };
        let mut pupil = Pupil::default();
        refused(train(&mut pupil, &config, &library, &streams, |_, _| Ok(())));
        assert!(pupil.asked.into_inner().is_empty());
    }
}
