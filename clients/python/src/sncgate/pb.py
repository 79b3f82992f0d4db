"""All messages and enums of the gateway's protos, in one place."""

from .v1.attachment_pb2 import *
from .v1.attachment_service_pb2 import *
from .v1.auth_service_pb2 import *
from .v1.batch_service_pb2 import *
from .v1.error_reason_pb2 import *
from .v1.import_pb2 import *
from .v1.import_service_pb2 import *
from .v1.journal_pb2 import *
from .v1.journal_service_pb2 import *
from .v1.operation_pb2 import *
from .v1.query_pb2 import *
from .v1.query_service_pb2 import *
from .v1.record_pb2 import *
from .v1.record_service_pb2 import *
from .v1.schema_pb2 import *
from .v1.schema_service_pb2 import *
from .v1.session_pb2 import *
from .v1.system_pb2 import *
from .v1.system_service_pb2 import *
from .v1.task_pb2 import *
from .v1.task_service_pb2 import *
