import type { ResourceType } from '../resource-type.ts'
import { GCP_COMPUTE_TYPES } from './gcp-compute.ts'
import { GCP_DATA_TYPES } from './gcp-data.ts'
import { GCP_PROJECT_TYPES } from './gcp-project.ts'
import { gcpType } from './gcp-type.ts'

/** Base types stand before what refers to them. */
export const GCP_TYPES: readonly ResourceType[] = [...GCP_PROJECT_TYPES, ...GCP_COMPUTE_TYPES, ...GCP_DATA_TYPES].map(
  gcpType,
)
