//! What must hold for any input; a failure prints the seed that makes it again.

use crate::fixture::Random;
use std::collections::BTreeMap;

use tasklane::lang::Lang;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::check;
use tasklane::scenario::read::read;
use tasklane::scenario::write::write;
use tasklane::scenario::{
    Arrive, Ask, Channel, Engine, Gil, Group, Kernel, Lesson, Lock, Machine, Scenario, Spread, Step, Texts, Variable,
    words,
};
use tasklane::time::Nanos;

#[test]
fn every_valid_scenario_is_written_and_read_back() {
    for seed in 0..1_000 {
        let scenario = Random(seed).scenario();
        let written = write(&scenario);
        let again = read("generated.toml", &written)
            .unwrap_or_else(|problems| panic!("seed {seed}\n{problems}\n{written}\n{scenario:#?}"));
        assert_eq!(again, scenario, "seed {seed}\n{written}");
    }
}

/// Variants hold a derived scenario, so they are made by reading: what was read once stays the same.
#[test]
fn every_variant_is_written_and_read_back() {
    for seed in 0..200 {
        let mut random = Random(seed);
        // Figures would have to say which variant they mean.
        let plain = Scenario { texts: BTreeMap::new(), lesson: None, ..random.scenario() };
        let cores = random.below(64) + 1;
        let text = write(&plain)
            + &format!(
                "
[[variant]]
id = \"v-1\"
title = \"V\"
set = {{ \"machine.cores\" = {cores}, models = [\"threads\"], \"task.g0.steps\" = [{{ io = {{ normal = [\"1s\", \"2ms\"] }} }}] }}
"
            );
        let first = read("generated.toml", &text).unwrap_or_else(|problems| panic!("seed {seed}\n{problems}\n{text}"));
        assert_eq!(first.variants[0].scenario.machine.cores, u32::try_from(cores).ok());
        let again = read("generated.toml", &write(&first)).unwrap();
        assert_eq!(again, first, "seed {seed}\n{text}");
    }
}

/// Bytes of a valid file changed at random: a message or a scenario, never a panic.
#[test]
fn damaged_files_are_refused_or_read_without_panic() {
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let mut text: Vec<char> = write(&random.scenario()).chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.index(text.len());
            match random.below(3) {
                0 => drop(text.remove(at)),
                1 => text[at] = random.letter(),
                _ => text.insert(at, random.letter()),
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(problems) = read("damaged.toml", &text) {
            assert!(!problems.as_slice().is_empty(), "seed {seed}");
            assert!(problems.to_string().contains("--> damaged.toml:"), "seed {seed}\n{problems}");
        }
    }
}

impl Random {
    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    fn small(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).unwrap()
    }

    fn chance(&mut self) -> bool {
        self.below(3) == 0
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance().then(|| make(self))
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    fn list<T>(&mut self, max: u64, mut make: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let count = usize::try_from(self.below(max + 1)).unwrap();
        (0..count).map(|index| make(self, index)).collect()
    }

    fn letter(&mut self) -> char {
        self.pick(&[
            'a', 'Z', '9', '"', '\\', '\n', '\t', '\r', '[', ']', '{', '}', '=', '.', '-', 'é', '≠', '\u{7f}', '\u{1}',
            ' ',
        ])
    }

    fn text(&mut self) -> String {
        // Braces would be placeholders; they have tests of their own.
        let letters = self.list(12, |random, _| random.letter());
        letters.into_iter().filter(|letter| !matches!(letter, '{' | '}')).collect()
    }

    fn time(&mut self) -> Nanos {
        let value = i64::try_from(self.below(2_000)).unwrap();
        let unit = self.pick(&[1, 1_000, 50_000, 1_000_000, 100_000_000]);
        let odd = if self.chance() { i64::try_from(self.below(1_000_000)).unwrap() } else { 0 };
        Nanos(value * unit + odd)
    }

    fn some_time(&mut self) -> Nanos {
        self.time() + Nanos(1)
    }

    fn float(&mut self) -> f64 {
        f64::from(self.small(1_000_000)) / 1_024.0 + 0.5
    }

    fn spread(&mut self) -> Spread {
        match self.below(6) {
            0 => {
                let low = self.time();
                Spread::Uniform(low, low + self.time())
            }
            1 => Spread::Exponential(self.time()),
            2 => Spread::Normal(self.time(), self.time()),
            3 => Spread::Pareto(self.time(), self.float()),
            _ => Spread::Fixed(self.time()),
        }
    }

    fn steps(&mut self, depth: u32) -> Vec<Step> {
        let mut steps = vec![self.step(depth)];
        for _ in 0..self.below(5) {
            steps.push(self.step(depth));
        }
        // Whatever is unlocked was locked just before.
        let mut paired = Vec::new();
        for step in steps {
            if let Step::Unlock(name) = &step {
                paired.push(Step::Lock(name.clone()));
            }
            paired.push(step);
        }
        paired
    }

    fn step(&mut self, depth: u32) -> Step {
        let name = format!("r{}", self.below(3));
        match self.below(if depth < 3 { 16 } else { 15 }) {
            0 => {
                let (kernel, size_bytes, gil) = self.computing();
                Step::Cpu { time: self.spread(), kernel, size_bytes, gil }
            }
            1 => {
                let (kernel, size_bytes, gil) = self.computing();
                Step::Work { time: self.spread(), kernel, size_bytes, gil }
            }
            2 | 3 => Step::Io {
                time: self.spread(),
                via: self.pick(&words::VIAS.map(|(_, via)| via)),
                blocking: self.chance(),
                timeout: self.maybe(Self::some_time),
            },
            4 => Step::Lock(name),
            5 => Step::Unlock(name),
            6 => Step::Send(name),
            7 => Step::Receive(name),
            8 => Step::Barrier(name),
            9 => Step::Yield,
            10 => Step::Load(name),
            11 => Step::Add(self.next().cast_signed()),
            12 => Step::Store(name),
            13 => Step::Print(self.text()),
            14 => Step::Fail(self.text()),
            _ => Step::Repeat { count: self.small(5) + 1, steps: self.steps(depth + 1) },
        }
    }

    fn computing(&mut self) -> (Kernel, Option<u64>, Gil) {
        let kernel = self.pick(&Kernel::ALL.map(|(_, kernel)| kernel));
        let size = self.maybe(|random| (random.below(1_000) + 1) * random.pick(&[1, 1_024, 1 << 20]));
        (kernel, size, self.pick(&[Gil::Held, Gil::Released]))
    }

    fn group(&mut self, index: usize) -> Group {
        let arrive = match self.below(4) {
            0 => Arrive::Every(self.some_time()),
            1 => Arrive::Rate(self.float()),
            2 => Arrive::At(self.time()),
            _ => Arrive::At(Nanos::ZERO),
        };
        Group {
            name: format!("g{index}"),
            count: self.small(20) + 1,
            arrive,
            priority: self.pick(&[0, 0, -3, i32::MAX]),
            after: (0..index).filter(|_| self.chance()).collect(),
            payload_bytes: self.maybe(|random| random.below(1 << 30)).unwrap_or_default(),
            awaited: !self.chance(),
            steps: self.steps(0),
        }
    }

    fn machine(&mut self) -> Machine {
        let time_of = |cost| if cost == words::GIL_INTERVAL { Self::some_time } else { Self::time };
        let costs: BTreeMap<_, _> =
            words::COSTS.into_iter().filter_map(|cost| Some((cost, self.maybe(time_of(cost))?))).collect();
        Machine {
            cores: self.maybe(|random| random.small(1_024) + 1),
            scheduler: self.pick(&words::SCHEDULERS.map(|(_, scheduler)| scheduler)),
            quantum: self.maybe(Self::some_time),
            ideal: self.chance(),
            seed: self.next() >> 1,
            costs,
        }
    }

    fn texts(&mut self, choices: usize) -> Texts {
        Texts {
            title: self.maybe(Self::text),
            summary: self.maybe(Self::text),
            expect: self.maybe(Self::text),
            explain: self.maybe(|random| format!("{}{{sequential.makespan}}", random.text())),
            claim: self.maybe(Self::text),
            choices: if self.chance() { (0..choices).map(|_| self.text()).collect() } else { vec![] },
            variants: BTreeMap::new(),
            variant: self.maybe(Self::text),
        }
    }

    /// A valid one: what is drawn too long, as a heavy tail multiplied out can be, is drawn again.
    fn scenario(&mut self) -> Scenario {
        loop {
            let scenario = self.any_scenario();
            if check::workload(&scenario).is_empty() {
                return scenario;
            }
        }
    }

    fn any_scenario(&mut self) -> Scenario {
        let mut pool = ModelChoice::new(model::find("thread-pool").unwrap());
        pool.set("workers", i64::from(self.small(100) + 1)).unwrap();
        let ask = match self.below(4) {
            0 => None,
            1 => Some(Ask::Rank),
            2 => Some(Ask::Makespan),
            _ => Some(Ask::Choice { choices: vec![self.text(), self.text(), self.text()], answer: 1 + self.index(3) }),
        };
        let choices = if matches!(ask, Some(Ask::Choice { .. })) { 3 } else { 0 };
        let lesson = self.maybe(|random| Lesson {
            chapter: "pools".into(),
            claim: random.maybe(Self::text),
            ask,
            holds: random.list(2, |_, _| "sequential.makespan < 5s".into()),
        });
        let choices = if lesson.is_some() { choices } else { 0 };
        let groups = self.below(4) + 1;
        Scenario {
            title: format!("T{}", self.text()),
            summary: self.text(),
            models: vec![ModelChoice::new(model::MODELS[0]), pool],
            engine: self.pick(&[Engine::Measured, Engine::Simulated]),
            machine: self.machine(),
            channels: self.list(2, |random, index| Channel {
                name: format!("c{index}"),
                capacity: random.maybe(|random| random.small(100) + 1),
            }),
            locks: self.list(2, |random, index| Lock {
                name: format!("é{index}"),
                barging: random.chance(),
                inherit: random.chance(),
            }),
            variables: self.list(2, |random, index| Variable {
                name: format!("x{index}"),
                initial: random.next().cast_signed(),
                padded: random.chance(),
            }),
            groups: (0..usize::try_from(groups).unwrap()).map(|index| self.group(index)).collect(),
            variants: vec![],
            texts: Lang::ALL
                .into_iter()
                .filter_map(|lang| Some((lang, self.maybe(|random| random.texts(choices))?)))
                .collect(),
            lesson,
        }
    }
}
