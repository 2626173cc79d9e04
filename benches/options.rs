//! The command line of benchmarks that print lines: `[--threads 2] [--repeats 7] [--command PATH] [names]`.

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads of the pool.
    pub threads: usize,
    /// Runs of which the median counts.
    pub repeats: usize,
    /// The compiled command, for what starts it.
    pub command: Option<String>,
    names: Vec<String>,
}

impl Options {
    /// The arguments of the process.
    ///
    /// # Panics
    /// If a number is none.
    #[must_use]
    pub fn read() -> Self {
        let mut options = Self { threads: 2, repeats: 7, command: None, names: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number");
            match argument.as_str() {
                // Cargo's own.
                "--bench" => {}
                "--threads" => options.threads = number(),
                "--repeats" => options.repeats = number(),
                "--command" => options.command = arguments.next(),
                _ => options.names.push(argument),
            }
        }
        options
    }

    /// Runs those of `names` that were asked for, in their order, all if none was, on a pool of the threads.
    ///
    /// # Panics
    /// If there is no such pool.
    pub fn for_each(&self, names: &[&str], mut run: impl FnMut(&str) + Send) {
        let asked = |name: &&&str| self.names.is_empty() || self.names.iter().any(|n| n == **name);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
        pool.expect("a pool of threads")
            .install(|| names.iter().filter(asked).for_each(|name| run(name)));
    }
}
