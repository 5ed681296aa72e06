"""Patches: each restores one behaviour of AWS in the only supported version of LocalEmu."""

import logging

from . import (
    alarm_states,
    alias_resource,
    api_import,
    api_records,
    event_targets,
    execution_events,
    gateway_server,
    iam_actions,
    internal_calls,
    json_paths,
    jsonata_expressions,
    lambda_api,
    lambda_metrics,
    log_alarms,
    machine_api,
    machine_definitions,
    machine_resource,
    metric_store,
    resource_updates,
    sam_references,
    sam_transform,
    service_models,
    table_items,
    task_errors,
)

LOG = logging.getLogger(__name__)

PATCHES = (
    service_models.read_each_file_once,
    gateway_server.listen_on_the_given_address,
    gateway_server.hand_answers_over,
    jsonata_expressions.evaluate_in_process,
    json_paths.parse_each_expression_once,
    task_errors.name_lambda_client_errors,
    event_targets.start_executions_under_any_event,
    event_targets.spell_object_keys_plainly,
    execution_events.name_machine_version_and_alias,
    sam_references.leave_to_the_transform,
    sam_references.let_machines_name_alarms_on_themselves,
    sam_transform.translate_one_template_at_a_time,
    alias_resource.update_aliases_in_place,
    internal_calls.share_service_models,
    internal_calls.keep_sessions_of_roles,
    machine_definitions.read_each_definition_once,
    machine_resource.tell_the_revision_of_machines,
    machine_resource.replace_changed_versions,
    machine_api.publish_the_initial_revision,
    machine_api.start_machines_that_have_aliases,
    machine_api.list_executions_of_an_alias,
    machine_api.delete_aliases_with_their_machine,
    resource_updates.update_alarms_in_place,
    api_import.import_methods_of_the_root,
    api_records.record_nothing_without_a_trail,
    iam_actions.ask_for_what_the_request_does,
    iam_actions.take_loopback_for_tls,
    lambda_api.allow_full_weight,
    lambda_api.refuse_missing_versions,
    lambda_api.move_an_alias_once_a_revision,
    lambda_api.keep_versions_that_aliases_use,
    lambda_api.keep_the_key_of_a_package,
    lambda_api.leave_code_on_dry_run,
    lambda_api.update_code_without_a_pause,
    lambda_api.sign_addresses_of_code_with_one_client,
    lambda_metrics.publish_per_alias_and_version,
    table_items.copy_what_a_transaction_writes,
    table_items.take_turns,
    metric_store.store_batches_in_one_transaction,
    metric_store.match_dimensions_exactly,
    metric_store.answer_percentiles,
    log_alarms.keep_log_alarms,
    alarm_states.leave_evaluation_to_the_bridge,
    alarm_states.keep_state_when_configured_again,
    alarm_states.record_and_announce_changes,
    alarm_states.describe_only_the_asked_types,
)


def apply_all() -> None:
    for patch in PATCHES:
        patch()
        LOG.debug("patched: %s", patch.__name__)
