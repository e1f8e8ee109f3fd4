//! The columns of the table of metrics: their words, their values and how a value is written with its noise. The
//! window's table and the terminal's iterate [`COLUMNS`]; a new figure is one more entry there.
//!
//! Pure. Sorting, colors and alignment belong to the shells.

use super::ends::{BadEnd, bad_end};
use super::figures::Value;
use super::metrics::{Metrics, speedup};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Account, Run, Status, Times};

/// One repetition of a run, as far as the table needs it.
#[derive(Clone, Debug)]
pub struct Sample {
    pub metrics: Metrics,
    pub account: Account,
    pub cores: u32,
    /// Finished, neither growing nor cancelled.
    pub finished: bool,
    /// How tasks ended that did not end well.
    pub bad_end: Option<BadEnd>,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is shown: the run under way, or the repetition of median makespan.
    pub shown: Sample,
    /// Every finished repetition.
    pub repeats: Vec<Sample>,
    /// Makespans of the baseline: the one shown, then those of its repetitions. Empty when no baseline was run.
    pub baseline: Vec<Nanos>,
}

/// One figure that the table shows for every run.
#[derive(Debug)]
pub struct Column {
    pub label: Text,
    /// What the term means.
    pub explanation: Text,
    pub better: Better,
    value: fn(&Sample, Option<Nanos>) -> Option<Value>,
}

/// Which of two values of a column one would rather have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
    /// It describes, it does not judge.
    Neither,
}

/// In the order tables show them.
pub static COLUMNS: [Column; 17] = [
    Column {
        label: Text::new("makespan", "makespan"),
        explanation: Text::new(
            "From the first arrival to the last finish. With repeats: the median, ± half of their range.",
            "Da primeira chegada ao último término. Com repetições: a mediana, ± metade da amplitude.",
        ),
        better: Better::Lower,
        value: |sample, _| Some(Value::Time(sample.metrics.makespan)),
    },
    Column {
        label: Text::new("speedup", "aceleração"),
        explanation: Text::new(
            "Makespan of the sequential run divided by this makespan; of Python models, of the sequential one in Python. Unknown until that run was made too.",
            "Makespan da execução sequencial dividido por este; nos modelos Python, da sequencial em Python. Desconhecido enquanto ela não for feita também.",
        ),
        better: Better::Higher,
        value: |sample, baseline| sample.speedup(baseline).map(Value::Factor),
    },
    Column {
        label: Text::new("utilization", "utilização"),
        explanation: Text::new(
            "The tasks' running time divided by cores × makespan: how much of the machine the run really used.",
            "Tempo em execução das tarefas dividido por núcleos × makespan: quanto da máquina foi de fato usado.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.metrics.utilization.map(Value::Share),
    },
    Column {
        label: Text::new("held up, mean", "espera média"),
        explanation: Text::new(
            "How long a task on average could not go on: ready, blocked, starting or shipping. IO is not counted.",
            "Quanto uma tarefa, em média, ficou sem avançar: pronta, bloqueada, iniciando ou transferindo. IO não conta.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.metrics.waiting.mean.map(Value::Time),
    },
    Column {
        label: Text::new("held up, max", "espera máxima"),
        explanation: Text::new(
            "The same, of the task that was held up longest.",
            "O mesmo, da tarefa que mais esperou.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.metrics.waiting.max.map(Value::Time),
    },
    Column {
        label: Text::new("efficiency", "eficiência"),
        explanation: Text::new(
            "Speedup divided by the number of cores: 100 % means that every core paid off in full.",
            "Aceleração dividida pelo número de núcleos: 100 % significa que cada núcleo rendeu por inteiro.",
        ),
        better: Better::Higher,
        value: |sample, baseline| {
            sample.speedup(baseline).map(|speedup| Value::Share(speedup / f64::from(sample.cores)))
        },
    },
    Column {
        label: Text::new("throughput", "vazão"),
        explanation: Text::new("Tasks done per second of makespan.", "Tarefas concluídas por segundo de makespan."),
        better: Better::Higher,
        value: |sample, _| sample.metrics.throughput.map(Value::Rate),
    },
    Column {
        label: Text::new("turnaround, p50", "retorno, p50"),
        explanation: Text::new(
            "From a task's arrival to its finish. Half of the tasks needed at most this long.",
            "Da chegada ao término de uma tarefa. Metade das tarefas levou no máximo isto.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.metrics.turnaround.p50.map(Value::Time),
    },
    Column {
        label: Text::new("turnaround, p95", "retorno, p95"),
        explanation: Text::new(
            "From a task's arrival to its finish. 95 of 100 tasks needed at most this long.",
            "Da chegada ao término de uma tarefa. 95 de 100 tarefas levaram no máximo isto.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.metrics.turnaround.p95.map(Value::Time),
    },
    Column {
        label: Text::new("turnaround, max", "retorno máximo"),
        explanation: Text::new(
            "From a task's arrival to its finish, of the slowest task.",
            "Da chegada ao término, da tarefa mais demorada.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.metrics.turnaround.max.map(Value::Time),
    },
    Column {
        label: Text::new("switches", "trocas"),
        explanation: Text::new(
            "Context switches of the run's threads, asked for and forced: by the kernel's account, or as simulated.",
            "Trocas de contexto das threads da execução, voluntárias e forçadas: segundo o kernel, ou como simuladas.",
        ),
        better: Better::Neither,
        value: |sample, _| {
            let (voluntary, involuntary) = (sample.account.switches_voluntary?, sample.account.switches_involuntary?);
            Some(Value::Count(voluntary + involuntary))
        },
    },
    Column {
        label: Text::new("migrations", "migrações"),
        explanation: Text::new(
            "How often a thread of the run went on on another core than before.",
            "Quantas vezes uma thread da execução continuou em outro núcleo.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.account.migrations.map(Value::Count),
    },
    Column {
        label: Text::new("threads", "threads"),
        explanation: Text::new(
            "The most threads of the run that were alive at once.",
            "O maior número de threads da execução vivas ao mesmo tempo.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.account.threads_max.map(|threads| Value::Count(u64::from(threads))),
    },
    Column {
        label: Text::new("peak memory", "pico de memória"),
        explanation: Text::new(
            "The most memory that Tasklane and the processes it made held during the run. An imagined computer has none.",
            "O máximo de memória do Tasklane e dos processos que criou durante a execução. Um computador imaginado não tem.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.account.peak_memory_bytes.map(Value::Bytes),
    },
    Column {
        label: Text::new("CPU time", "tempo de CPU"),
        explanation: Text::new(
            "What the run's threads took of the cores: user and system time by the kernel's account; simulated, running and overhead.",
            "Quanto as threads da execução tomaram dos núcleos: tempo de usuário e de sistema segundo o kernel; simulado, execução e custos.",
        ),
        better: Better::Lower,
        value: |sample, _| sample.account.cpu.map(Value::Time),
    },
    Column {
        label: Text::new("CPU, user", "CPU, usuário"),
        explanation: Text::new(
            "The part of the CPU time that the threads spent in their own code.",
            "A parte do tempo de CPU que as threads gastaram no próprio código.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.account.cpu_user().map(Value::Time),
    },
    Column {
        label: Text::new("CPU, system", "CPU, sistema"),
        explanation: Text::new(
            "The part of the CPU time that the operating system spent on behalf of the threads.",
            "A parte do tempo de CPU que o sistema operacional gastou em nome das threads.",
        ),
        better: Better::Neither,
        value: |sample, _| sample.account.cpu_system.map(Value::Time),
    },
];

impl Sample {
    pub fn new(run: &Run, metrics: Metrics) -> Self {
        Sample {
            metrics,
            account: run.account.clone(),
            cores: run.cores,
            finished: run.status == Status::Finished,
            bad_end: bad_end(run),
        }
    }

    /// Against the baseline; unknown for work that stuck for ever.
    fn speedup(&self, baseline: Option<Nanos>) -> Option<f64> {
        let stuck = self.bad_end.is_some_and(BadEnd::is_stuck);
        baseline.filter(|_| !stuck).and_then(|baseline| speedup(baseline, self.metrics.makespan))
    }
}

impl Column {
    /// The figure of the run that is shown; `None` is unknown. Times that show an order make no figure.
    pub fn value(&self, row: &Row) -> Option<Value> {
        let tells = row.shown.account.times == Times::Lived;
        tells.then(|| (self.value)(&row.shown, row.baseline.first().copied())).flatten()
    }

    /// Least and most of it over the repetitions, against every makespan of the baseline. A single repetition says
    /// nothing of its noise: `None`.
    pub fn band(&self, row: &Row) -> Option<Band> {
        if row.repeats.len() < 2 {
            return None;
        }
        let known: Vec<Option<Nanos>> =
            if row.baseline.is_empty() { vec![None] } else { row.baseline.iter().copied().map(Some).collect() };
        let mut values = row
            .repeats
            .iter()
            .flat_map(|sample| known.iter().filter_map(|baseline| (self.value)(sample, *baseline)))
            .map(Value::number);
        let first = values.next()?;
        Some(values.fold(Band { least: first, most: first }, |band, value| Band {
            least: band.least.min(value),
            most: band.most.max(value),
        }))
    }

    /// The index of the row that is better than every other beyond the noise; `None` where bands overlap or are
    /// unknown, where the column does not judge, or where the runs did not do the same.
    pub fn best(&self, rows: &[&Row]) -> Option<usize> {
        let done = rows.first()?.shown.metrics.done;
        let comparable = rows.len() > 1 && rows.iter().all(|row| row.shown.finished && row.shown.metrics.done == done);
        if !comparable {
            return None;
        }
        let bands = rows.iter().map(|row| self.band(row)).collect::<Option<Vec<Band>>>()?;
        let beats = |one: &Band, other: &Band| match self.better {
            Better::Lower => one.most < other.least,
            Better::Higher => one.least > other.most,
            Better::Neither => false,
        };
        let wins = |at: &usize| bands.iter().enumerate().all(|(other, band)| other == *at || beats(&bands[*at], band));
        (0..bands.len()).find(wins)
    }
}

/// The range of a figure over repetitions, as [`Value::number`]s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    pub least: f64,
    pub most: f64,
}

/// For people: `442 ms`, `43 %`; with a band of a time, `442 ± 3 ms`.
pub fn show(value: Value, band: Option<Band>) -> String {
    match (value, band) {
        (Value::Time(time), Some(band)) => with_noise(time, Nanos::from_secs_f64((band.most - band.least) / 2.0)),
        (value, _) => value.to_string(),
    }
}

/// `442 ± 3 ms`: the noise in the unit and with the decimals of the figure.
fn with_noise(time: Nanos, half_range: Nanos) -> String {
    let shown = time.to_string();
    let Some((number, unit)) = shown.split_once(' ') else { return shown };
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let scale = match unit {
        "s" => 1.0,
        "ms" => 1e3,
        "µs" => 1e6,
        _ => 1e9,
    };
    format!("{number} ± {:.decimals$} {unit}", half_range.secs() * scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::metrics::Summary;
    use crate::trace::State;

    fn sample(makespan: i64) -> Sample {
        Sample {
            metrics: Metrics {
                makespan: Nanos::from_millis(makespan),
                running: Nanos::ZERO,
                utilization: None,
                throughput: None,
                waiting: Summary::default(),
                turnaround: Summary::default(),
                response: Summary::default(),
                overhead: Nanos::ZERO,
                done: 4,
                not_done: 0,
                deadlocked: 0,
            },
            account: Account::default(),
            cores: 2,
            finished: true,
            bad_end: None,
        }
    }

    /// The first makespan is the one shown.
    fn row(makespans: &[i64], baseline: &[i64]) -> Row {
        Row {
            shown: sample(makespans[0]),
            repeats: makespans.iter().copied().map(sample).collect(),
            baseline: baseline.iter().copied().map(Nanos::from_millis).collect(),
        }
    }

    const MAKESPAN: &Column = &COLUMNS[0];
    const SPEEDUP: &Column = &COLUMNS[1];

    #[test]
    fn a_winner_is_named_only_beyond_the_noise() {
        let check = |rows: &[&[i64]], expected: Option<usize>| {
            let rows: Vec<Row> = rows.iter().map(|makespans| row(makespans, &[])).collect();
            assert_eq!(MAKESPAN.best(&rows.iter().collect::<Vec<_>>()), expected);
        };
        check(&[&[500, 510], &[100, 105], &[300, 290]], Some(1));
        check(&[&[500, 510], &[100, 295], &[300, 290]], None);
        check(&[&[500], &[100]], None);
        check(&[&[100, 105]], None);
        check(&[], None);
    }

    #[test]
    fn runs_that_did_not_do_the_same_are_not_ranked() {
        let (slow, mut fast) = (row(&[500, 510], &[]), row(&[100, 105], &[]));
        fast.shown.metrics.done = 3;
        assert_eq!(MAKESPAN.best(&[&slow, &fast]), None);
        fast.shown.metrics.done = 4;
        fast.shown.finished = false;
        assert_eq!(MAKESPAN.best(&[&slow, &fast]), None);
    }

    #[test]
    fn the_noise_of_a_speedup_is_that_of_both_runs() {
        let row = row(&[200, 250], &[1_000, 900, 1_100]);
        assert_eq!(SPEEDUP.value(&row), Some(Value::Factor(5.0)));
        let band = SPEEDUP.band(&row).unwrap();
        assert!((band.least - 3.6).abs() < 1e-9 && (band.most - 5.5).abs() < 1e-9, "{band:?}");
    }

    #[test]
    fn without_a_baseline_the_speedup_is_unknown() {
        assert_eq!(SPEEDUP.value(&row(&[200, 250], &[])), None);
        assert_eq!(SPEEDUP.band(&row(&[200, 250], &[])), None);
    }

    #[test]
    fn work_that_stuck_for_ever_is_faster_than_nothing() {
        let mut row = row(&[100], &[200]);
        assert_eq!(SPEEDUP.value(&row), Some(Value::Factor(2.0)));
        row.shown.bad_end = Some(BadEnd { state: State::Failed, tasks: 1 });
        assert_eq!(SPEEDUP.value(&row), Some(Value::Factor(2.0)));
        row.shown.bad_end = Some(BadEnd { state: State::Deadlocked, tasks: 2 });
        assert_eq!(SPEEDUP.value(&row), None);
    }

    #[test]
    fn values_are_written_with_units_and_noise() {
        let check = |value: Value, band: Option<(f64, f64)>, expected: &str| {
            assert_eq!(show(value, band.map(|(least, most)| Band { least, most })), expected);
        };
        let ms = |millis| Value::Time(Nanos::from_millis(millis));
        check(ms(442), Some((0.440, 0.446)), "442 ± 3 ms");
        check(ms(4), Some((0.0039, 0.0041)), "4.00 ± 0.10 ms");
        check(ms(2_004), None, "2.00 s");
        check(Value::Factor(4.347), None, "4.35×");
        check(Value::Share(0.432), Some((0.4, 0.5)), "43 %");
        check(Value::Share(0.0432), None, "4.3 %");
        check(Value::Rate(21.73), None, "21.7 /s");
        check(Value::Count(41), None, "41");
        check(Value::Bytes(54_840_000), None, "52.3 MiB");
        check(Value::Bytes(1_500), None, "2 KiB");
    }
}
