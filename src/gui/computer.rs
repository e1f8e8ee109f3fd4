//! The computer that runs are measured on, as the home screen and the Machine tab show it.

use std::time::{Duration, Instant};

use eframe::egui::{Context, Ui};

use super::widgets::pair_ui;
use super::words;
use crate::host::{MachineBusy, SwitchRecords};
use crate::lang::{Lang, Text};
use crate::record::preemption_source;
use crate::time::Nanos;
use crate::trace::{Host, PreemptionSource};
use crate::{clock, host};

/// Looked at once, at the start, but for its load.
pub struct Computer {
    pub host: Host,
    /// What one read of the clock that stamps events takes.
    pub clock_read: Nanos,
    /// Whose word it is here that a task was off its core.
    pub preemption: PreemptionSource,
    load: Load,
}

/// What other programs take, in cores, over the last second or longer.
#[derive(Default)]
struct Load {
    last: Option<(Instant, MachineBusy)>,
    /// `None`: not known yet, or never here.
    others: Option<f64>,
}

impl Computer {
    pub fn look() -> Self {
        let has_records = SwitchRecords::open(host::allowed_cpus()).is_ok();
        Computer {
            host: host::describe(),
            clock_read: clock_read(),
            preemption: preemption_source(has_records),
            load: Load::default(),
        }
    }

    /// Sees what others take. Cheap: call it every frame. The first figure comes after a second, later ones when there is
    /// a frame anyway: nothing is painted for them alone.
    pub fn look_at_load(&mut self, ctx: &Context) {
        const OVER: Duration = Duration::from_secs(1);
        let Load { last, others } = &mut self.load;
        let now = Instant::now();
        if last.is_some_and(|(since, _)| now - since < OVER) {
            return;
        }
        let Some(busy) = host::machine_busy() else { return };
        match last {
            Some((since, before)) => {
                let theirs = (busy.all - before.all) - (busy.own - before.own);
                *others = Some((theirs.secs() / (now - *since).as_secs_f64()).max(0.0));
            }
            None => ctx.request_repaint_after(OVER),
        }
        *last = Some((now, busy));
    }
}

/// `Debian GNU/Linux 12`, of `Debian GNU/Linux 12 (bookworm)`: the rest would be cut anyway.
fn without_code_name(os: &str) -> &str {
    os.split_once(" (").map_or(os, |(name, _)| name)
}

/// The best of some rounds: what the read itself costs, not what else the computer did meanwhile.
fn clock_read() -> Nanos {
    const READS: i64 = 256;
    let round = |_| {
        let begin = clock::ticks();
        let end = (0..READS).fold(begin, |_, _| clock::ticks());
        clock::ticks_between(begin, end)
    };
    (0..16).map(round).min().expect("sixteen rounds") / READS
}

/// What is known of the computer.
pub fn computer_ui(ui: &mut Ui, computer: &Computer, lang: Lang) {
    let host = &computer.host;
    let unknown = Text::new("unknown", "desconhecido").get(lang);
    let or_unknown = |text: &str| if text.is_empty() { unknown.to_owned() } else { text.to_owned() };
    pair_ui(ui, words::CORES.get(lang), &host.cores.to_string());
    pair_ui(ui, "CPU", &or_unknown(&host.cpu)).on_hover_text(&host.cpu);
    pair_ui(ui, Text::new("system", "sistema").get(lang), &or_unknown(without_code_name(&host.os)))
        .on_hover_text(&host.os);
    pair_ui(ui, Text::new("a clock read", "uma leitura do relógio").get(lang), &lang.figure(computer.clock_read))
        .on_hover_text(
            Text::new(
                "What it costs to stamp one instant: an event cannot cost less.",
                "Quanto custa marcar um instante: um evento não pode custar menos.",
            )
            .get(lang),
        );
    let affinity =
        if host.affinity { Text::new("strict", "estrita") } else { Text::new("not available", "indisponível") };
    pair_ui(ui, Text::new("core restriction", "restrição de núcleos").get(lang), affinity.get(lang)).on_hover_text(
        Text::new(
            "Whether a run can be held to fewer cores than the computer has.",
            "Se uma execução pode ser limitada a menos núcleos do que o computador tem.",
        )
        .get(lang),
    );
    let source = match computer.preemption {
        PreemptionSource::KernelRecords => Text::new("by the kernel", "pelo kernel"),
        PreemptionSource::Clocks => Text::new("by clocks", "por relógios"),
        PreemptionSource::Unknown => Text::new("not seen", "não vista"),
    };
    pair_ui(ui, Text::new("preemption", "preempção").get(lang), source.get(lang))
        .on_hover_text(SEEN_BY.fill(lang, &[&computer.preemption.label().get(lang)]));
    let others = computer.load.others.map_or_else(|| "–".to_owned(), |cores| lang.figure(format!("{cores:.1}")));
    pair_ui(ui, Text::new("other load, cores", "outra carga, núcleos").get(lang), &others).on_hover_text(
        Text::new(
            "What other programs keep busy just now, in cores: a measured run shares the computer with them.",
            "O que outros programas ocupam agora, em núcleos: uma execução medida divide o computador com eles.",
        )
        .get(lang),
    );
}

const SEEN_BY: Text = Text::new(
    "How it is found out that a computing task lost its core: {}.",
    "Como se descobre que uma tarefa que computa perdeu o núcleo: {}.",
);
