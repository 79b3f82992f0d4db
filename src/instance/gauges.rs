//! How the requests to each instance stand, for `/metrics`: read off the client's budget when somebody looks.

use servicenow::ClassSnapshot;

use super::{Instance, Instances};

impl Instances {
    /// Brings the gauges up to date.
    pub fn measure(&self) {
        for instance in self.iter() {
            measure(instance);
        }
    }
}

fn measure(instance: &Instance) {
    let rate = instance.own().rate();
    let name = || instance.name().to_owned();
    metrics::gauge!("sncgate_instance_limit", "instance" => name()).set(rate.limit);
    let paused = rate.paused.map_or(0.0, |pause| pause.as_secs_f64());
    metrics::gauge!("sncgate_instance_paused_seconds", "instance" => name()).set(paused);
    metrics::counter!("sncgate_instance_throttled_total", "instance" => name()).absolute(rate.throttled);
    metrics::counter!("sncgate_instance_slow_total", "instance" => name()).absolute(rate.slow);
    for (class, stands) in [("interactive", &rate.interactive), ("bulk", &rate.bulk)] {
        measure_class(instance.name(), class, stands);
    }
}

fn measure_class(instance: &str, class: &'static str, stands: &ClassSnapshot) {
    let name = || instance.to_owned();
    let (running, waiting) = (stands.running as f64, stands.waiting as f64);
    metrics::gauge!("sncgate_instance_in_flight", "instance" => name(), "class" => class).set(running);
    metrics::gauge!("sncgate_instance_waiting", "instance" => name(), "class" => class).set(waiting);
    metrics::counter!("sncgate_instance_turns_total", "instance" => name(), "class" => class)
        .absolute(stands.started);
    metrics::gauge!("sncgate_instance_waited_seconds", "instance" => name(), "class" => class)
        .set(stands.waited.as_secs_f64());
}
