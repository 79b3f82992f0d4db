"""What PySNC sends through the Batch API: many updates, many deletes, and queries too long for a URL."""

from pysnc_checks import ids, inserted, same, true

COUNT = 25


def many(instance, word):
    """Inserts records that hold a word of their own; returns a query for them. They are to be deleted by the check."""
    client = instance.client()
    for number in range(COUNT):
        record = client.GlideRecord("problem")
        record.initialize()
        record.short_description = f"{word} {number:02}"
        record.insert()
    found = matching(instance, word)
    same("inserted", len(found), COUNT)
    return found


def matching(instance, word, batch_size=7):
    record = instance.client().GlideRecord("problem", batch_size=batch_size)
    record.add_query("short_description", "STARTSWITH", word)
    record.order_by("short_description")
    record.query()
    return record


def many_updates_are_one_request(instance):
    record = many(instance, "Batch update")
    for row in record:
        row.impact = "1" if row.get_value("short_description").endswith("3") else "2"
    same("update_multiple", record.update_multiple(), True)
    found = [row.get_value("impact") for row in matching(instance, "Batch update")]
    same("impacts", found, ["1" if number % 10 == 3 else "2" for number in range(COUNT)])
    counts = {row.get_value("sys_mod_count") for row in matching(instance, "Batch update")}
    same("sys_mod_count", counts, {"1"})
    same("nothing changed, nothing sent", matching(instance, "Batch update").update_multiple(), True)
    same("delete_multiple", matching(instance, "Batch update").delete_multiple(), True)
    return f"{COUNT} updates"


def each_update_is_answered(instance):
    record = many(instance, "Batch answers")
    answers = []
    for row in record:
        row.set_value("urgency", "1")
    record.update_multiple(answers.append)
    same("answers", [answer.status_code for answer in answers], [200] * COUNT)
    told = [answer.json()["result"]["short_description"]["value"] for answer in answers]
    same("in the order sent", told, [f"Batch answers {number:02}" for number in range(COUNT)])
    matching(instance, "Batch answers").delete_multiple()
    return f"{len(answers)} answers"


def one_refusal_does_not_stop_the_others(instance):
    record = many(instance, "Batch refusal")
    victim = instance.client().GlideRecord("problem")
    true("it is found", victim.get("short_description", "Batch refusal 10"))
    for row in record:
        row.set_value("urgency", "1")
    victim.delete()
    same("update_multiple", record.update_multiple(), False)
    found = [row.get_value("urgency") for row in matching(instance, "Batch refusal")]
    same("the others", found, ["1"] * (COUNT - 1))
    matching(instance, "Batch refusal").delete_multiple()
    return f"{len(found)} of {COUNT}"


def a_business_rule_refuses_some(instance):
    record = many(instance, "Batch rule")
    rule = {
        "name": "Batch rule",
        "collection": "problem",
        "when": "before",
        "action_update": "true",
        "active": "true",
        "abort_action": "true",
        "filter_condition": "short_descriptionSTARTSWITHBatch rule 1^EQ",
    }
    with inserted(instance, "sys_script", **rule):
        for row in record:
            row.set_value("urgency", "1")
        answers = []
        record.update_multiple(answers.append)
    expected = [403 if 10 <= number < 20 else 200 for number in range(COUNT)]
    same("statuses", [answer.status_code for answer in answers], expected)
    error = answers[10].json()["error"]
    true(
        f"the rule is named: {error}",
        "Batch rule" in error["detail"] and error["message"] == "Operation Failed",
    )
    found = [row.get_value("urgency") == "1" for row in matching(instance, "Batch rule")]
    same("changed", found, [status == 200 for status in expected])
    matching(instance, "Batch rule").delete_multiple()
    return error["detail"]


def many_deletes_are_one_request(instance):
    many(instance, "Batch delete")
    before = len(matching(instance, "Batch"))
    record = instance.client().GlideRecord("problem", batch_size=7)
    record.add_query("short_description", "STARTSWITH", "Batch delete")
    record.add_query("short_description", "<", "Batch delete 20")
    same("delete_multiple", record.delete_multiple(), True)
    left = [row.get_value("short_description") for row in matching(instance, "Batch delete")]
    same("left", left, [f"Batch delete {number}" for number in range(20, COUNT)])
    same("nobody else's", len(matching(instance, "Batch")), before - 20)
    matching(instance, "Batch delete").delete_multiple()
    same("no match", matching(instance, "Batch delete").delete_multiple(), True)
    same("count", len(matching(instance, "Batch delete")), 0)
    return f"{COUNT} deletes"


def a_limit_bounds_deletes(instance):
    many(instance, "Batch limit")
    record = instance.client().GlideRecord("problem", batch_size=3)
    record.add_query("short_description", "STARTSWITH", "Batch limit")
    record.limit = 10
    same("delete_multiple", record.delete_multiple(), True)
    left = len(matching(instance, "Batch limit"))
    matching(instance, "Batch limit").delete_multiple()
    same("left", left, COUNT - 10)
    return f"{left} left"


def long_queries_go_through_a_batch(instance):
    client = instance.client()
    everything = client.GlideRecord("sys_user", batch_size=1000)
    everything.fields = "sys_id"
    everything.query()
    wanted = ids(everything)[:40]
    record = client.GlideRecord("sys_user", batch_size=9)
    record.fields = "sys_id"
    record.add_query("sys_id", "IN", ",".join(wanted + ["ab" * 16] * 320))
    true("longer than a URL may be", len(record.get_encoded_query()) > 10_000)
    record.query()
    same("count", len(record), len(wanted))
    same("rows, over pages", ids(record), sorted(wanted))
    return f"{len(record.get_encoded_query())} characters, {len(wanted)} rows"


CHECKS = [
    many_updates_are_one_request,
    each_update_is_answered,
    one_refusal_does_not_stop_the_others,
    a_business_rule_refuses_some,
    many_deletes_are_one_request,
    a_limit_bounds_deletes,
    long_queries_go_through_a_batch,
]
