// SPDX-License-Identifier: GPL-2.0-only
#include "iface_json.h"

#include "lists.h"
#include "values.h"
#include "vlans.h"

json_object *iface_conf_json(const struct vrxdp_iface_rec *rec)
{
	json_object *o = json_object_new_object();
	json_object *macs = json_object_new_array(), *vrids = json_object_new_array();
	char mac[18], vlan[VLANS_TEXT], dev[4 * VRXDP_DEV_LEN];
	unsigned int vrid;
	int i;

	json_object_object_add(o, "name", json_object_new_string(rec->conf.name));
	json_object_object_add(o, "port", json_object_new_string(rec->conf.port));
	for (i = 0; i < rec->conf.nmacs; i++)
		json_object_array_add(macs,
				      json_object_new_string(format_mac(rec->conf.macs[i], mac)));
	json_object_object_add(o, "macs", macs);
	vlans_format(&rec->conf.vlans, vlan, sizeof(vlan));
	json_object_object_add(o, "vlan", *vlan ? json_object_new_string(vlan) : NULL);
	for (vrid = vrids_next(&rec->conf, 0); vrid; vrid = vrids_next(&rec->conf, vrid))
		json_object_array_add(vrids, json_object_new_int((int)vrid));
	json_object_object_add(o, "vrrp", vrids);
	json_object_object_add(
		o, "device",
		json_object_new_string(escape_text(rec->device.name, dev, sizeof(dev))));
	return o;
}
