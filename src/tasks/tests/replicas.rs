//! Gateways on one Redis: who runs a task, and how soon it hears what is wanted of it.

use super::*;

/// Two gateways that share tasks, each with a connection and a clock of its own.
async fn two() -> [Setting; 2] {
    let first = Place::redis(test_redis::Redis::shared());
    let Place::Redis(settings) = &first else { unreachable!() };
    let second = Place::Redis(settings.clone());
    let patient = config::Tasks { poll_interval: Duration::from_secs(20), ..config::Tasks::default() };
    [Setting::on(first, patient.clone()).await, Setting::on(second, patient).await]
}

#[tokio::test]
async fn what_is_wanted_reaches_the_other_gateway_within_a_tenth_of_a_second() {
    let [here, there] = two().await;
    let engine = there.engine("there");
    for does in ["waits", "deaf"] {
        let mut took = Vec::new();
        for _ in 0..5 {
            // Made here, begun there though it looks by itself only every twenty seconds.
            let id = here.add(does, |_| ()).await;
            here.until(&id, |task| task.progress.as_ref().is_some_and(|one| one.done >= 1)).await;
            here.tasks.cancel(&here.caller, &id).await.unwrap();
            let acknowledged = Instant::now();
            here.until_state(&id, TaskState::Cancelled).await;
            took.push(acknowledged.elapsed());
        }
        took.sort();
        println!("{does}: cancelled at the other gateway after {took:?}");
        assert!(took[2] <= Duration::from_millis(100), "{does}: {took:?}");
    }
    let id = here.add("waits", |_| ()).await;
    here.until(&id, |task| task.result.as_ref().is_some_and(|result| result.succeeded == 2)).await;
    here.tasks.pause(&here.caller, &id).await.unwrap();
    let asked = Instant::now();
    here.until_state(&id, TaskState::Paused).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    engine.stopped().await;
}

#[tokio::test]
async fn tasks_go_on_at_the_other_gateway() {
    let [here, there] = two().await;
    let first = here.engine("here");
    let id = here.add("waits", |_| ()).await;
    here.until(&id, |task| task.result.as_ref().is_some_and(|result| result.succeeded == 2)).await;
    first.stopped().await;
    let second = there.engine("there");
    let done = there.until_state(&id, TaskState::Succeeded).await;
    let workers: Vec<_> = done.attempts.iter().map(|one| one.worker.as_str()).collect();
    assert_eq!((workers, done.result.unwrap().succeeded), (vec!["here", "there"], 3));
    second.stopped().await;
}

/// Two gateways and many tasks: each is begun once, by one of them.
#[tokio::test]
async fn no_task_is_begun_twice() {
    let [here, there] = two().await;
    let engines = [here.engine("here"), there.engine("there")];
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(here.add("counts", |_| ()).await);
    }
    for id in &ids {
        let done = there.until_state(id, TaskState::Succeeded).await;
        assert_eq!((done.attempt_count, done.attempts.len()), (1, 1));
    }
    for engine in engines {
        engine.stopped().await;
    }
}
