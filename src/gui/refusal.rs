//! Why a run could not start, with the remedy that the window offers.

use crate::engine::{KernelMemory, StartError, TraceMemory};
use crate::lang::{Lang, Text};
use crate::model;
use crate::scenario::check::YEARS_MAX;
use crate::simulate::{CORES_MAX, Refusal};
use crate::time::write_duration;

pub fn text(error: &StartError, lang: Lang) -> String {
    match error {
        StartError::TooManyThreads { model, needed, allowed, limit } => Text::new(
            "{} would need {} threads, and this computer allows {} ({}). Use fewer tasks, or a model with a fixed number of workers.",
            "{} precisaria de {} threads, e este computador permite {} ({}). Use menos tarefas ou um modelo com número fixo de trabalhadores.",
        )
        .fill(lang, &[&named(model, lang), needed, allowed, limit]),
        StartError::TooManyCores { needed, available, of } if of > available => Text::new(
            "{} cores are asked for, and Tasklane may use {} of this computer's {}. Choose fewer cores, or leave out the variant that asks for them.",
            "São pedidos {} núcleos, e o Tasklane pode usar {} dos {} deste computador. Escolha menos núcleos ou deixe de fora a variante que os pede.",
        )
        .fill(lang, &[needed, available, of]),
        StartError::TooManyCores { needed, available, .. } => Text::new(
            "{} cores are asked for, this computer has {}. Choose fewer cores, or leave out the variant that asks for them.",
            "São pedidos {} núcleos, este computador tem {}. Escolha menos núcleos ou deixe de fora a variante que os pede.",
        )
        .fill(lang, &[needed, available]),
        StartError::TooManyDescriptors { model, needed, allowed } => Text::new(
            "{} would have {} files and connections open at once, and this computer allows {} (the hard limit on open files, ulimit -Hn). Raise it, or use fewer tasks or workers.",
            "{} teria {} arquivos e conexões abertos ao mesmo tempo, e este computador permite {} (o limite rígido de arquivos abertos, ulimit -Hn). Aumente-o ou use menos tarefas ou trabalhadores.",
        )
        .fill(lang, &[&named(model, lang), needed, allowed]),
        StartError::TooManyTasks { tasks, max } => Text::new(
            "{} tasks are more than a measured run can hold ({}). Use fewer tasks.",
            "{} tarefas são mais do que cabe em uma execução medida ({}). Use menos tarefas.",
        )
        .fill(lang, &[tasks, max]),
        StartError::TooMuchPayload { model, needed, workers, payload, allowed } => Text::new(
            "{} would have {} of payload on their way at once ({} workers × {}), and {} are allowed. Use a smaller payload or fewer workers.",
            "{} teria {} de dados em trânsito ao mesmo tempo ({} trabalhadores × {}), e são permitidos {}. Use dados menores ou menos trabalhadores.",
        )
        .fill(lang, &[&named(model, lang), needed, workers, payload, allowed]),
        StartError::TooMuchKernelMemory(found) => kernel_memory(found, lang),
        StartError::TooMuchTrace(found) => trace_memory(found, lang),
        StartError::OnlyImagined { model, because } => Text::new(
            "{} runs on an imagined computer only, because {}. Choose another model, or the imagined computer.",
            "{} só executa no computador imaginado, porque {}. Escolha outro modelo ou o computador imaginado.",
        )
        .fill(lang, &[&named(model, lang), &because.get(lang)]),
        StartError::Thread(why) => Text::new(
            "The run's thread could not be made: {}.",
            "A thread da execução não pôde ser criada: {}.",
        )
        .fill(lang, &[why]),
        StartError::Refused(refusal) => imagined(refusal, lang),
    }
}

/// The model as it is called everywhere else in the window.
fn named(id: &str, lang: Lang) -> String {
    format!("“{}”", model::find(id).map_or(id, |model| model.name.get(lang)))
}

/// What the imagined computer refuses.
fn imagined(refusal: &Refusal, lang: Lang) -> String {
    match refusal {
        Refusal::Cores { cores } => Text::new(
            "{} cores are asked for: an imagined computer has from 1 to {}.",
            "São pedidos {} núcleos: um computador imaginado tem de 1 a {}.",
        )
        .fill(lang, &[cores, &CORES_MAX]),
        Refusal::TooManyTasks { tasks, max } => Text::new(
            "{} tasks are more than a simulated run can hold ({}). Use fewer tasks.",
            "{} tarefas são mais do que cabe em uma execução simulada ({}). Use menos tarefas.",
        )
        .fill(lang, &[tasks, max]),
        Refusal::TooLong { .. } => Text::new(
            "The run would be longer than any clock counts. Use shorter times or fewer tasks.",
            "A execução seria mais longa do que um relógio conta. Use tempos menores ou menos tarefas.",
        )
        .get(lang)
        .to_owned(),
        Refusal::CostTooLong { cost, time } => Text::new(
            "The run would be longer than any clock counts, above all by what this costs: {} ({}). Use a smaller cost, shorter times or fewer tasks.",
            "A execução seria mais longa do que um relógio conta, sobretudo pelo custo de {} ({}). Use um custo menor, tempos menores ou menos tarefas.",
        )
        .fill(lang, &[&cost.label().get(lang), &write_duration(*time)]),
        Refusal::DrawnTooLong { task } => Text::new(
            "With the times that were drawn for task {}, all tasks together take more than {} years, and that is the most. Use shorter times, a lighter tail, fewer tasks or another seed.",
            "Com os tempos sorteados para a tarefa {}, todas as tarefas juntas levam mais de {} anos, e esse é o máximo. Use tempos menores, uma cauda mais leve, menos tarefas ou outra semente.",
        )
        .fill(lang, &[task, &YEARS_MAX]),
        Refusal::TooManyEvents { max } => Text::new(
            "The run would have more than {} events. Use a longer quantum or switch interval, shorter times, smaller costs, fewer rounds or fewer tasks.",
            "A execução teria mais de {} eventos. Use um quantum ou um intervalo de troca maior, tempos e custos menores, menos voltas ou menos tarefas.",
        )
        .fill(lang, &[max]),
        Refusal::InVain { turns } => Text::new(
            "{} quanta, one after another, went into costs alone. Use smaller costs or a longer quantum.",
            "{} quanta, um após o outro, foram gastos só em custos. Use custos menores ou um quantum maior.",
        )
        .fill(lang, &[turns]),
    }
}

fn trace_memory(found: &TraceMemory, lang: Lang) -> String {
    let TraceMemory { model, events, needed, free } = found;
    match needed {
        Some(needed) => Text::new(
            "{} would have at least {} events, which take {} of memory, and this computer has {} free for them. Use a longer quantum or switch interval, shorter times, smaller costs, fewer rounds or fewer tasks.",
            "{} teria pelo menos {} eventos, que ocupam {} de memória, e este computador tem {} livres para eles. Use um quantum ou um intervalo de troca maior, tempos e custos menores, menos voltas ou menos tarefas.",
        )
        .fill(lang, &[&named(model, lang), events, needed, free]),
        None => Text::new(
            "{} would have more than {} events, and no more fit into the {} of memory that this computer has free for them. Use a longer quantum or switch interval, shorter times, smaller costs, fewer rounds or fewer tasks.",
            "{} teria mais de {} eventos, e não cabem mais nos {} de memória que este computador tem livres para eles. Use um quantum ou um intervalo de troca maior, tempos e custos menores, menos voltas ou menos tarefas.",
        )
        .fill(lang, &[&named(model, lang), events, free]),
    }
}

fn kernel_memory(found: &KernelMemory, lang: Lang) -> String {
    let KernelMemory { model, needed, processes, each, kernel, task, allowed } = found;
    if *processes == 1 {
        return Text::new(
            "{} would hold {} of data for its kernels, the most of it for {} in task {}, and {} are allowed. Use a smaller size.",
            "{} manteria {} de dados para seus kernels, a maior parte para {} na tarefa {}, e são permitidos {}. Use um tamanho menor.",
        )
        .fill(lang, &[&named(model, lang), needed, kernel, task, allowed]);
    }
    Text::new(
        "{} would hold {} of data for its kernels ({} processes × {}, the most of it for {} in task {}), and {} are allowed. Use a smaller size or fewer workers.",
        "{} manteria {} de dados para seus kernels ({} processos × {}, a maior parte para {} na tarefa {}), e são permitidos {}. Use um tamanho menor ou menos trabalhadores.",
    )
    .fill(lang, &[&named(model, lang), needed, processes, each, kernel, task, allowed])
}
