import type { ResourceType } from '../resource-type.ts'
import { AWS_COMPUTE_TYPES } from './aws-compute.ts'
import { AWS_DATA_TYPES } from './aws-data.ts'
import { AWS_NETWORK_TYPES } from './aws-network.ts'
import { AWS_SECURITY_TYPES } from './aws-security.ts'
import { awsType } from './aws-type.ts'

/** Base types stand before what refers to them. */
const declared = [...AWS_SECURITY_TYPES, ...AWS_NETWORK_TYPES, ...AWS_DATA_TYPES, ...AWS_COMPUTE_TYPES]
const names = new Map(declared.map(({ alias, name }) => [alias, name]))

export const AWS_TYPES: readonly ResourceType[] = declared.map((type) => awsType(type, names))

/** The types that `includeGlobalResourceTypes` is about. */
export const GLOBAL_IN_EVERY_RECORDER: readonly string[] = [
  'AWS::IAM::Group',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::IAM::User',
]
