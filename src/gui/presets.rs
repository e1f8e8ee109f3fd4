//! The four shapes a workload can begin with, and how a mixed one's IO share is moved. Pure.

use crate::lang::{Lang, Text};
use crate::scenario::{Arrive, Gil, Group, Kernel, Scenario, Spread, Step, Via};
use crate::time::Nanos;

/// A kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    Io,
    Cpu,
    Mixed,
    /// Steps of the person's own.
    Own,
}

impl Preset {
    pub const ALL: [Preset; 4] = [Preset::Io, Preset::Cpu, Preset::Mixed, Preset::Own];

    pub const fn label(self) -> Text {
        match self {
            Preset::Io => Text::new("IO", "IO"),
            Preset::Cpu => Text::new("CPU", "CPU"),
            Preset::Mixed => Text::new("Mixed", "Misto"),
            Preset::Own => Text::new("Own", "Próprio"),
        }
    }

    /// What these groups are: IO or CPU alone, both, or more than that.
    pub fn of(groups: &[Group]) -> Preset {
        let steps = || groups.iter().flat_map(|group| &group.steps);
        let cpu = |step: &Step| matches!(step, Step::Cpu { .. } | Step::Work { .. });
        let io = |step: &Step| matches!(step, Step::Io { .. });
        if steps().any(|step| !cpu(step) && !io(step)) {
            return Preset::Own;
        }
        match (steps().any(cpu), steps().any(io)) {
            (true, true) => Preset::Mixed,
            (true, false) => Preset::Cpu,
            (false, true) => Preset::Io,
            (false, false) => Preset::Own,
        }
    }
}

pub fn cpu(time: Spread) -> Step {
    Step::Cpu { time, kernel: Kernel::Spin, size_bytes: None, gil: Gil::Held }
}

pub fn io(time: Spread) -> Step {
    Step::Io { time, via: Via::Timer, blocking: false, timeout: None }
}

/// A group of that shape, keeping what `like` says besides its steps.
pub fn group(preset: Preset, like: Option<&Group>) -> Group {
    let ms = |millis| Spread::Fixed(Nanos::from_millis(millis));
    let steps = match preset {
        Preset::Io => vec![io(ms(200))],
        Preset::Cpu => vec![cpu(ms(100))],
        Preset::Mixed => vec![cpu(ms(30)), io(ms(200)), cpu(ms(20))],
        Preset::Own => like.map_or_else(|| vec![cpu(ms(10))], |like| like.steps.clone()),
    };
    Group {
        name: like.map_or_else(|| "task".to_owned(), |like| like.name.clone()),
        count: like.map_or(8, |like| like.count),
        arrive: like.map_or(Arrive::At(Nanos::ZERO), |like| like.arrive),
        priority: like.map_or(0, |like| like.priority),
        after: Vec::new(),
        payload_bytes: like.map_or(0, |like| like.payload_bytes),
        awaited: like.is_none_or(|like| like.awaited),
        steps,
    }
}

/// One more group, under a name that is free.
pub fn another_group(scenario: &Scenario, lang: Lang) -> Group {
    const TASK: Text = Text::new("task", "tarefa");
    let taken = |name: &str| scenario.groups.iter().any(|group| group.name == name);
    let named = |number: usize| format!("{}{number}", TASK.get(lang));
    let mut number = scenario.groups.len() + 1;
    while taken(&named(number)) {
        number += 1;
    }
    let name = named(number);
    Group { name, count: 4, ..group(Preset::Mixed, None) }
}

/// The spread's mean; for a Pareto without one, its scale.
pub fn mean(spread: &Spread) -> Nanos {
    match *spread {
        Spread::Fixed(time) | Spread::Exponential(time) | Spread::Normal(time, _) => time,
        Spread::Uniform(low, high) => low + (high - low) / 2,
        Spread::Pareto(scale, shape) if shape > 1.0 => Nanos::from_secs_f64(scale.secs() * shape / (shape - 1.0)),
        Spread::Pareto(scale, _) => scale,
    }
}

/// The same spread, `factor` times as long.
pub fn scaled(spread: &Spread, factor: f64) -> Spread {
    let times = |time: Nanos| Nanos::from_secs_f64(time.secs() * factor);
    match *spread {
        Spread::Fixed(time) => Spread::Fixed(times(time)),
        Spread::Uniform(low, high) => Spread::Uniform(times(low), times(high)),
        Spread::Exponential(mean) => Spread::Exponential(times(mean)),
        Spread::Normal(mean, deviation) => Spread::Normal(times(mean), times(deviation)),
        Spread::Pareto(scale, shape) => Spread::Pareto(times(scale), shape),
    }
}

/// Mean CPU and IO time of these steps, repeats multiplied out.
pub fn demand(steps: &[Step]) -> (Nanos, Nanos) {
    steps.iter().fold((Nanos::ZERO, Nanos::ZERO), |(cpu, io), step| match step {
        Step::Cpu { time, .. } | Step::Work { time, .. } => (cpu + mean(time), io),
        Step::Io { time, .. } => (cpu, io + mean(time)),
        Step::Repeat { count, steps } => {
            let (inner_cpu, inner_io) = demand(steps);
            (cpu + inner_cpu * i64::from(*count), io + inner_io * i64::from(*count))
        }
        _ => (cpu, io),
    })
}

/// Moves the share of IO (0 to 1) without changing how long a task takes alone. Nothing happens where one of the
/// two kinds is missing.
pub fn set_io_share(steps: &mut [Step], share: f64) {
    let (cpu, io) = demand(steps);
    let total = cpu + io;
    let (Some(cpu_share), Some(io_share)) = (cpu.ratio(total), io.ratio(total)) else { return };
    if cpu_share > 0.0 && io_share > 0.0 {
        scale(steps, (1.0 - share) / cpu_share, share / io_share);
    }
}

fn scale(steps: &mut [Step], cpu: f64, io: f64) {
    for step in steps {
        match step {
            Step::Cpu { time, .. } | Step::Work { time, .. } => *time = scaled(time, cpu),
            Step::Io { time, .. } => *time = scaled(time, io),
            Step::Repeat { steps, .. } => scale(steps, cpu, io),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: i64) -> Nanos {
        Nanos::from_millis(millis)
    }

    #[test]
    fn a_preset_is_recognized() {
        for preset in [Preset::Io, Preset::Cpu, Preset::Mixed] {
            assert_eq!(Preset::of(&[group(preset, None)]), preset);
        }
        let own = Group { steps: vec![Step::Print("hello".into())], ..group(Preset::Cpu, None) };
        assert_eq!(Preset::of(&[own]), Preset::Own);
    }

    #[test]
    fn the_io_share_moves_and_the_length_stays() {
        let mut steps = group(Preset::Mixed, None).steps;
        set_io_share(&mut steps, 0.4);
        let (cpu, io) = demand(&steps);
        assert_eq!((cpu, io), (ms(150), ms(100)));
        let mut alone = vec![super::cpu(Spread::Fixed(ms(10)))];
        set_io_share(&mut alone, 0.5);
        assert_eq!(demand(&alone), (ms(10), ms(0)));
    }

    #[test]
    fn a_new_group_has_a_free_name_in_the_person_s_language() {
        let mut scenario = Scenario::clone(&crate::scenario::catalog::find("kitchen").unwrap());
        assert_eq!(another_group(&scenario, Lang::En).name, "task2");
        scenario.groups.push(another_group(&scenario, Lang::PtBr));
        assert_eq!(scenario.groups[1].name, "tarefa2");
        scenario.groups[0].name = "tarefa3".to_owned();
        assert_eq!(another_group(&scenario, Lang::PtBr).name, "tarefa4");
    }
}
