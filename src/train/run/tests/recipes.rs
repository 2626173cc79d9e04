//! Short runs of every kind, as configurations.

const PRACTICE: &str = r#"
scenarios = 6
rollouts = 4
keep = 2
iterations = 7
passes = 2
batch = 5
exploration = { start = 0.8, end = 0.4 }
learning_rate = { start = 1e-2, end = 1e-3 }
warm_up = 2
beta2 = 0.98
clip = 1.0
shared_rewards = true
"#;
const TRANSFORMER: &str = r#"
[model]
kind = "transformer"
width = 8
heads = 2
blocks = 1
attention = "softmax"
position = "none"
head = "categorical"
"#;

/// Names and configurations.
pub fn recipes() -> Vec<(&'static str, String)> {
    let practice = |more: &str| format!("[stage.config]{PRACTICE}{more}\n");
    let bandit = "[problem]\nkind = \"bandit\"\narms = 3\nhorizon = 4\nmeans = { kind = \"uniform\", low = 0, high = 1 }\nrewards = { kind = \"bernoulli\" }";
    let online = |set: &str| {
        format!(
            "[problem]\nkind = \"full-information\"\nset = {{ kind = {set} }}\ndimension = 2\nhorizon = 5\nfamily = {{ kind = \"alternating\" }}"
        )
    };
    let lesson = |method: &str, more: &str, practice: String| {
        format!(
            "[[stage]]\nmethod = \"{method}\"\nranking = \"realised_reward\"\n{more}\n{practice}"
        )
    };
    let teacher =
        |label| format!("teacher = {{ learner = \"thompson\", label_best_arm = {label} }}");
    let imitation = |method: &str, teacher: &str| {
        format!(
            "[[stage]]\nmethod = \"{method}\"\nteacher = \"{teacher}\"\nbound = 1\n{SUPERVISED}"
        )
    };
    let own = "[[stage]]\nmethod = \"rmft\"\n";
    let (iterated, best) =
        (practice("iterated = true"), practice("iterated = true\nkeep_best = 2"));
    let beginner = practice("iterated = false");
    let mut recipes = vec![
        (
            "layer",
            format!(
                "{}\n[model]\nkind = \"layer\"\n{own}{best}{own}{beginner}",
                online("\"ball\", radius = 1")
            ),
        ),
        (
            "full_information",
            format!(
                "{}{TRANSFORMER}{}{}{own}{iterated}{own}{best}",
                online("\"simplex\""),
                imitation("distillation", "hedge"),
                imitation("sft", "best-fixed"),
            ),
        ),
        (
            "bandit",
            format!(
                "{bandit}{TRANSFORMER}{}{}{}",
                lesson("distillation", &teacher(false), iterated.clone()),
                lesson("sft", &teacher(true), beginner),
                lesson("rmft", "credit = \"decision\"", best),
            ),
        ),
    ];
    recipes.extend(planning());
    recipes
}

const SUPERVISED: &str = "[stage.config]\nsteps = 5\nbatch = 6\nlearning_rate = { start = 1e-2, end = 1e-3 }\nwarm_up = 2\nbeta2 = 0.99\nweight_decay = 1e-3\nclip = 1\n";

/// Short courses of supervised fitting.
fn planning() -> Vec<(&'static str, String)> {
    let linear = "states = 3\nactions = 2\nfactors = 2\nfeature_concentration = 0.5\ntasks = { concentration = 0.5, reward_power = 1 }\ndraw = 0\n";
    let teacher = |prefers| {
        format!(
            "[[stage]]\nmethod = \"sft\"\nteacher = {{ prefers = \"{prefers}\", least_noise = 0, most_noise = 0.5 }}\n"
        )
    };
    let grid = "horizons = [1, 2]\ndemonstrations = [0, 1]\n";
    let stages = |more: &str| {
        let stage = |prefers| format!("{}{grid}{more}{SUPERVISED}", teacher(prefers));
        format!("{TRANSFORMER}{}{}", stage("random"), stage("optimal"))
    };
    let hidden = |kind: &str, models, radii| {
        let more = format!(
            "exploration = 0.5\nobservabilities = [0.5, 1]\nradii = {radii}\npessimisms = [1]\nmost_tokens = 4\n"
        );
        format!(
            "[problem]\nkind = \"{kind}\"\n[problem.family]\nkind = \"factors\"\nobservations = 2\nmodels = {models}\n[problem.family.linear]\n{linear}{}",
            stages(&more)
        )
    };
    vec![
        ("mdp", format!("[problem]\nkind = \"mdp\"\n{linear}{}", stages("most_shown = 3\n"))),
        ("pomdp", hidden("pomdp", 1, "[0]")),
        ("apomdp", hidden("apomdp", 2, "[0, 0.5]")),
    ]
}
