//! What was asked, answered and paid.

use serde::{Deserialize, Serialize};

use crate::net::wire::Usage;
use crate::{Error, Result};

/// What tokens cost, in any currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// A million tokens read.
    pub read: f64,
    /// A million tokens said.
    pub said: f64,
    /// A million tokens trained.
    pub trained: f64,
}

impl Prices {
    /// Checks every field.
    ///
    /// # Errors
    /// A price that is negative or infinite.
    pub fn check(&self) -> Result<()> {
        for (field, price) in [
            ("price of tokens read", self.read),
            ("price of tokens said", self.said),
            ("price of tokens trained", self.trained),
        ] {
            if !(price >= 0.0 && price.is_finite()) {
                return Err(Error::parameter(field, price, "a price a million tokens, >= 0"));
            }
        }
        Ok(())
    }
}

/// What was asked and answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Requests sent, repetitions among them.
    pub requests: u64,
    /// Requests sent once more.
    pub repeated: u64,
    /// Completions that came.
    pub answers: u64,
    /// Answers that were known and not asked for.
    pub remembered: u64,
    /// Answers, also known ones, that the limit of tokens has cut off.
    pub cut_off: u64,
    /// Answers, also known ones, in which nothing was said: a model that thinks first may have come no further.
    pub empty: u64,
    /// Tokens read, as the service counts them.
    pub tokens_read: u64,
    /// Tokens said, as the service counts them.
    pub tokens_said: u64,
    /// Tokens trained in jobs whose end was seen, as the service counts them.
    pub tokens_trained: u64,
}

impl Account {
    pub(super) fn answered(&mut self, usage: &Usage) {
        self.answers += 1;
        self.tokens_read = self.tokens_read.saturating_add(usage.prompt_tokens);
        self.tokens_said = self.tokens_said.saturating_add(usage.completion_tokens);
    }

    pub(in crate::net) fn trained(&mut self, tokens: u64) {
        self.tokens_trained = self.tokens_trained.saturating_add(tokens);
    }

    /// What that cost.
    #[must_use]
    pub fn cost(&self, prices: &Prices) -> f64 {
        let tokens = [
            (self.tokens_read, prices.read),
            (self.tokens_said, prices.said),
            (self.tokens_trained, prices.trained),
        ];
        tokens.into_iter().map(|(count, price)| count as f64 * price).sum::<f64>() / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_price() {
        let mut account = Account::default();
        let usage =
            |read, said| Usage { prompt_tokens: read, completion_tokens: said, total_tokens: 0 };
        account.answered(&usage(1_000_000, 500_000));
        account.answered(&usage(0, 500_000));
        assert_eq!((account.answers, account.tokens_said), (2, 1_000_000));
        account.trained(3_000_000);
        let prices = Prices { read: 0.5, said: 2.0, trained: 4.0 };
        assert_eq!(account.cost(&prices), 14.5);
        for bad in [
            Prices { read: -1.0, ..prices },
            Prices { said: f64::INFINITY, ..prices },
            Prices { trained: f64::NAN, ..prices },
        ] {
            assert!(bad.check().is_err());
        }
    }
}
