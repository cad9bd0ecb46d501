/**
 * The policies that `countersign init` writes for an app: members may use it.
 * They are the operator's from then on.
 *
 * @module
 */

export interface StarterFile {
  readonly name: string
  readonly text: string
}

export const starterPolicies: readonly StarterFile[] = [
  {
    name: 'schema.cedarschema',
    text: `// What policies of this app may speak about. Countersign brings its own types:
// Countersign::User, Countersign::Service, Countersign::Role, Countersign::Group.
namespace App {
  entity App;

  type Request = {
    now: datetime,
    method?: String,
    path?: String,
    address?: ipaddr,
  };

  action "use" appliesTo {
    principal: [Countersign::User, Countersign::Service],
    resource: [App],
    context: Request,
  };
}
`,
  },
  {
    name: 'app.cedar',
    text: `@id("members-use-the-app")
permit (
  principal in Countersign::Role::"member",
  action == App::Action::"use",
  resource
);
`,
  },
  {
    name: 'store.yaml',
    text: `name: App
namespace: App
actions:
  use: use this app
roles:
  member: members
`,
  },
]
